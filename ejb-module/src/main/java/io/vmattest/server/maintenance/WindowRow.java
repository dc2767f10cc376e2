// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.maintenance;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** A window that is open. */
@Entity
@Table(name = "vm_maintenance")
public class WindowRow {
  @Id
  @Column(name = "vm_id")
  private String vmId;

  @Column(name = "why")
  private String why;

  @Column(name = "begun_by")
  private String by;

  @Column(name = "begun_at")
  private long begunAt;

  @Column(name = "until_at")
  private long until;

  @SuppressWarnings("NullAway.Init")
  protected WindowRow() {}

  WindowRow(Window window) {
    this.vmId = window.vm().toString();
    this.why = window.why();
    this.by = window.by();
    this.begunAt = window.begunAt().toEpochMilli();
    this.until = window.until().toEpochMilli();
  }

  Window window() {
    return new Window(
        UUID.fromString(vmId), why, by, Instant.ofEpochMilli(begunAt), Instant.ofEpochMilli(until));
  }
}
