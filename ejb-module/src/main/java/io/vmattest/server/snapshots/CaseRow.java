// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** The last case of a VM that was closed; older ones are none any more. */
@Entity
@Table(name = "closed_case")
public class CaseRow {
  @Id
  @Column(name = "vm_id")
  private String vmId;

  @Column(name = "snapshot")
  private String snapshot;

  @Column(name = "closed_at")
  private long closedAt;

  @SuppressWarnings("NullAway.Init")
  protected CaseRow() {}

  CaseRow(UUID vm, Digest snapshot, Instant at) {
    this.vmId = vm.toString();
    this.snapshot = snapshot.hex();
    this.closedAt = at.toEpochMilli();
  }

  boolean isOf(Digest digest) {
    return snapshot.equals(digest.hex());
  }
}
