// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import java.util.Optional;

/**
 * A body as it is stored.
 *
 * @param bytes plain, or as {@link BodyCipher} has them
 * @param key id of the key that they are encrypted by; empty if they are plain
 */
public record StoredBody(byte[] bytes, Optional<String> key) {
  /** Not encrypted. */
  public static StoredBody plain(byte[] bytes) {
    return new StoredBody(bytes, Optional.empty());
  }
}
