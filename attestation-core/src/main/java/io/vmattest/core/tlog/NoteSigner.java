// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Signs notes with a key that this library never sees. */
public interface NoteSigner {
  /** The name on its signatures. */
  String name();

  /** The ID on its signatures. */
  int keyId();

  /**
   * Signs a note.
   *
   * @param text of the note, in UTF-8, not yet hashed
   * @return the signature as its type has it, without the key's ID
   */
  byte[] sign(byte[] text) throws GeneralSecurityException;

  /** Signs bytes with some key. */
  @FunctionalInterface
  interface Signing {
    byte[] sign(byte[] message) throws GeneralSecurityException;
  }

  /** Signs for a key, and gives away nothing that the key does not verify. */
  static NoteSigner of(NoteKey key, Signing signing) {
    return new CheckedNoteSigner(key, signing);
  }

  /**
   * Signs with ECDSA on P-256 and SHA-256.
   *
   * @param privateKey of whatever provider: it may be a handle to a key in a security module
   * @param publicKey the other half
   */
  static NoteSigner ecdsa(String name, PrivateKey privateKey, PublicKey publicKey) {
    return of(
        NoteKey.ecdsa(name, publicKey),
        text -> {
          // No provider is named: the key decides who can use it.
          Signature signature = Signature.getInstance("SHA256withECDSA");
          signature.initSign(privateKey);
          signature.update(text);
          return signature.sign();
        });
  }
}
