// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.SignedReport;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** An appended report; its bytes are the body of its ledger entry. */
@Entity
@Table(name = "report")
public class ReportRow implements RowInserts.Row {
  static final String INSERT =
      "INSERT INTO report (digest, vm_id, sequence_no, snapshot_kept, ledger_index, config_digest)"
          + " VALUES (?, ?, ?, ?, ?, ?)";

  @Id
  @Column(name = "digest", updatable = false)
  private String digest;

  @Column(name = "vm_id", updatable = false)
  private String vmId;

  @Column(name = "sequence_no", updatable = false)
  private long sequence;

  @Column(name = "snapshot_kept", updatable = false)
  private boolean snapshotKept;

  @Column(name = "ledger_index", updatable = false)
  private long ledgerIndex;

  @Column(name = "config_digest", updatable = false)
  private String configDigest;

  @SuppressWarnings("NullAway.Init")
  protected ReportRow() {}

  ReportRow(CheckedReport checked, long ledgerIndex) {
    AttestationReport report = checked.report();
    this.digest = checked.digest().hex();
    this.vmId = report.vmId().toString();
    this.sequence = report.sequence();
    this.snapshotKept = checked.incoming().snapshotKept();
    this.ledgerIndex = ledgerIndex;
    this.configDigest = checked.configDigest().hex();
  }

  @Override
  public void bind(PreparedStatement insert) throws SQLException {
    insert.setString(1, digest);
    insert.setString(2, vmId);
    insert.setLong(3, sequence);
    insert.setBoolean(4, snapshotKept);
    insert.setLong(5, ledgerIndex);
    insert.setString(6, configDigest);
  }

  /** Whether it is the row of these bytes and of what they say. */
  boolean isOf(SignedReport signed) {
    return digest.equals(signed.digest().hex())
        && vmId.equals(signed.report().vmId().toString())
        && sequence == signed.report().sequence();
  }

  /** Whether its configuration is the one that the report names. */
  boolean isConfiguredAs(SignedReport signed) {
    return signed
        .report()
        .component("config")
        .map(component -> component.digest().hex().equals(configDigest))
        .orElse(false);
  }

  long ledgerIndex() {
    return ledgerIndex;
  }

  boolean snapshotKept() {
    return snapshotKept;
  }

  String configDigest() {
    return configDigest;
  }

  String digest() {
    return digest;
  }
}
