// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.report.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot as it lies in the store; nothing of it has been checked.
 *
 * @param keptAt when it was complete
 * @param signedReport the report that lies beside it (COSE_Sign1); empty if it cannot be read
 * @param disks targets of the disks that were frozen with it, such as vda
 */
public record KeptSnapshot(
    Digest digest, Instant keptAt, Optional<byte[]> signedReport, List<String> disks) {
  public KeptSnapshot {
    disks = List.copyOf(disks);
  }
}
