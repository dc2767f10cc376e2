// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** Which report a VM is compared with. */
@Entity
@Table(name = "vm_baseline")
public class BaselineRow {
  @Id
  @Column(name = "vm_id")
  private String vmId;

  @Column(name = "digest")
  private String digest;

  @Column(name = "set_at")
  private long setAt;

  @SuppressWarnings("NullAway.Init")
  protected BaselineRow() {}

  BaselineRow(UUID vm, Digest digest, Instant at) {
    this.vmId = vm.toString();
    this.digest = digest.hex();
    this.setAt = at.toEpochMilli();
  }

  Digest digest() {
    return Digest.ofHex(digest);
  }

  Instant setAt() {
    return Instant.ofEpochMilli(setAt);
  }
}
