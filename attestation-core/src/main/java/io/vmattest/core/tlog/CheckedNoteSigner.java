// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.security.GeneralSecurityException;
import java.security.SignatureException;

/** A signer for a known public key. */
record CheckedNoteSigner(NoteKey key, Signing signing) implements NoteSigner {
  @Override
  public String name() {
    return key.name();
  }

  @Override
  public int keyId() {
    return key.id();
  }

  @Override
  public byte[] sign(byte[] text) throws GeneralSecurityException {
    byte[] signature = signing.sign(text);
    if (!key.verify(text, signature)) {
      throw new SignatureException("what was signed does not verify with " + key);
    }
    return signature;
  }
}
