// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.report.Digest;
import java.time.Instant;
import java.util.UUID;

/**
 * A paused guest of a snapshot beside its original, with a stub for gdb.
 *
 * @param id of its domain
 * @param name of its domain
 * @param vm the original
 * @param gdb where gdb finds it on this host, as {@code target remote} takes it
 * @param until when it ends by itself
 */
public record DebugClone(
    UUID id, String name, UUID vm, Digest snapshot, String gdb, Instant until) {}
