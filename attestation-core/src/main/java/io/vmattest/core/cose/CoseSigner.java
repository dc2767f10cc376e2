// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cose;

import java.security.GeneralSecurityException;

/** Signs with a key that this library never sees. */
@FunctionalInterface
public interface CoseSigner {
  /**
   * Signs with ECDSA on P-256 and SHA-256 (ES256, RFC 9053, 2.1).
   *
   * @param message the encoded Sig_structure, not yet hashed
   * @return r and s, 32 bytes each, concatenated
   */
  byte[] sign(byte[] message) throws GeneralSecurityException;
}
