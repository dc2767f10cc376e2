// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.server.bodies.StoredBody;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The bytes that an entry's digest is over, maybe encrypted. They are written once. */
@Entity
@Table(name = "ledger_body")
public class LedgerBodyRow implements RowInserts.Row {
  static final String INSERT =
      "INSERT INTO ledger_body (entry_index, body, body_key) VALUES (?, ?, ?)";

  @Id
  @Column(name = "entry_index", updatable = false)
  private long index;

  @Column(name = "body", updatable = false)
  private byte[] body;

  @Column(name = "body_key", updatable = false)
  private @Nullable String bodyKey;

  @SuppressWarnings("NullAway.Init")
  protected LedgerBodyRow() {}

  LedgerBodyRow(long index, StoredBody stored) {
    this.index = index;
    this.body = stored.bytes().clone();
    this.bodyKey = stored.key().orElse(null);
  }

  @Override
  public void bind(PreparedStatement insert) throws SQLException {
    insert.setLong(1, index);
    insert.setBytes(2, body);
    insert.setString(3, bodyKey);
  }

  long index() {
    return index;
  }

  StoredBody stored() {
    return new StoredBody(body.clone(), Optional.ofNullable(bodyKey));
  }
}
