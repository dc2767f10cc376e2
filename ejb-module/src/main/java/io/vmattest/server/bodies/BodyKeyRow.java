// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import io.vmattest.server.hsm.WrappedKey;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A data key, wrapped. It is written once. */
@Entity
@Table(name = "body_key")
public class BodyKeyRow {
  @Id
  @Column(name = "id", updatable = false)
  private String id;

  @Column(name = "wrapping_key", updatable = false)
  private String wrappingKey;

  @Column(name = "wrapped", updatable = false)
  private byte[] wrapped;

  @Column(name = "made_at", updatable = false)
  private long madeAt;

  @SuppressWarnings("NullAway.Init")
  protected BodyKeyRow() {}

  BodyKeyRow(String id, WrappedKey wrapped, Instant at) {
    this.id = id;
    this.wrappingKey = wrapped.keyLabel();
    this.wrapped = wrapped.bytes();
    this.madeAt = at.toEpochMilli();
  }

  String id() {
    return id;
  }

  /**
   * @throws UnreadableBodyException if the row has no wrapped key
   */
  WrappedKey wrapped() throws UnreadableBodyException {
    // Bytes of another length would be taken for a failure of the token.
    if (wrapped.length != BodyKey.BYTES + BodyCipher.OVERHEAD) {
      throw new UnreadableBodyException("has a key that the HSM did not wrap");
    }
    return new WrappedKey(wrappingKey, wrapped);
  }
}
