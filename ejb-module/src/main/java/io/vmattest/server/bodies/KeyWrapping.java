// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import io.vmattest.server.hsm.WrappedKey;

/**
 * Wraps data keys by keys that stay in the HSM. Every method throws a {@link
 * io.vmattest.server.problem.ServiceException} with HSM_UNAVAILABLE while there is none.
 */
public interface KeyWrapping {
  /** Label of the key that new data keys are wrapped by; no call of the token. */
  String newest();

  /** By the newest key. */
  WrappedKey wrap(byte[] dataKey, byte[] aad);

  /**
   * @throws UnreadableBodyException if that was not wrapped so, or the HSM has not that key
   */
  byte[] unwrap(WrappedKey wrapped, byte[] aad) throws UnreadableBodyException;
}
