// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.DebugClone;
import java.time.Instant;
import java.util.UUID;

/**
 * A paused clone of a snapshot that a debugger can attach to.
 *
 * @param id of its domain
 * @param name of its domain
 * @param gdb address and port on the host's loopback interface
 * @param until when it ends by itself
 */
public record SnapshotClone(UUID id, String name, Digest snapshot, String gdb, Instant until) {
  static SnapshotClone of(DebugClone made) {
    return new SnapshotClone(made.id(), made.name(), made.snapshot(), made.gdb(), made.until());
  }
}
