// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the ledger says of a VM at the moment. */
@Entity
@Table(name = "vm_state")
public class VmStateRow {
  @Id
  @Column(name = "vm_id")
  private String vmId;

  @Column(name = "vm_name")
  private String name;

  @Column(name = "last_sequence")
  private long lastSequence;

  @Column(name = "last_digest")
  private String lastDigest;

  @Column(name = "last_issued_at")
  private long lastIssuedAt;

  @Column(name = "verdict")
  private @Nullable String verdict;

  @SuppressWarnings("NullAway.Init")
  protected VmStateRow() {}

  VmStateRow(UUID vm) {
    this.vmId = vm.toString();
    this.name = "";
    this.lastDigest = "";
  }

  void appended(Digest digest, AttestationReport report) {
    name = report.vmName();
    lastSequence = report.sequence();
    lastDigest = digest.hex();
    lastIssuedAt = report.issuedAt().toEpochMilli();
    if (Verdict.OVERDUE.name().equals(verdict)) {
      verdict = null;
    }
  }

  void verdict(Verdict given) {
    verdict = given.name();
  }

  VmState toState() {
    return new VmState(
        UUID.fromString(vmId),
        name,
        lastSequence,
        Digest.ofHex(lastDigest),
        Instant.ofEpochMilli(lastIssuedAt),
        Optional.ofNullable(verdict).map(Verdict::valueOf));
  }

  String vmId() {
    return vmId;
  }
}
