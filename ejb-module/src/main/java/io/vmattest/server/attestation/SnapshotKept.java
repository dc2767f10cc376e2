// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import java.util.UUID;

/** Fired once the store may have another snapshot of a VM, and nobody works on the VM for it. */
public record SnapshotKept(UUID vm) {}
