// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.server.bodies.StoredBody;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The bytes that an entry's digest is over, maybe encrypted. They are written once. */
@Entity
@Table(name = "ledger_body")
public class LedgerBodyRow {
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

  long index() {
    return index;
  }

  StoredBody stored() {
    return new StoredBody(body.clone(), Optional.ofNullable(bodyKey));
  }
}
