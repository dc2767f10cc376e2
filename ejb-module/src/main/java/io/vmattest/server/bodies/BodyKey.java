// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import java.util.Optional;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A data key in memory.
 *
 * @param id of the row that has it wrapped
 */
public record BodyKey(String id, SecretKey secret) {
  /** AES-256. */
  static final int BYTES = 32;

  static BodyKey of(String id, byte[] secret) {
    return new BodyKey(id, new SecretKeySpec(secret, "AES"));
  }

  /** A body, to be stored at its place and nowhere else. */
  public StoredBody seal(byte[] plain, BodyPlace place) {
    return new StoredBody(BodyCipher.encrypt(secret, plain, place.aad()), Optional.of(id));
  }
}
