// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The bytes that an entry's digest is over. They are written once. */
@Entity
@Table(name = "ledger_body")
public class LedgerBodyRow implements RowInserts.Row {
  static final String INSERT = "INSERT INTO ledger_body (entry_index, body) VALUES (?, ?)";

  @Id
  @Column(name = "entry_index", updatable = false)
  private long index;

  @Column(name = "body", updatable = false)
  private byte[] body;

  @SuppressWarnings("NullAway.Init")
  protected LedgerBodyRow() {}

  LedgerBodyRow(long index, byte[] body) {
    this.index = index;
    this.body = body.clone();
  }

  @Override
  public void bind(PreparedStatement insert) throws SQLException {
    insert.setLong(1, index);
    insert.setBytes(2, body);
  }

  long index() {
    return index;
  }

  byte[] body() {
    return body.clone();
  }
}
