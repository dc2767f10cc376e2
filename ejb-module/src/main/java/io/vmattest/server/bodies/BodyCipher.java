// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM (NIST SP 800-38D, 8.2.2: random nonces). What is stored is the nonce, 12 bytes, the
 * encrypted bytes, and the tag, 16 bytes.
 */
final class BodyCipher {
  /** How much longer what is stored is. */
  static final int OVERHEAD = 28;

  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private BodyCipher() {}

  static byte[] encrypt(SecretKey key, byte[] plain, byte[] aad) {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    byte[] stored = Arrays.copyOf(nonce, OVERHEAD + plain.length);
    try {
      cipher(Cipher.ENCRYPT_MODE, key, nonce, aad)
          .doFinal(plain, 0, plain.length, stored, NONCE_BYTES);
      return stored;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES-GCM", e);
    }
  }

  /**
   * @throws UnreadableBodyException if that is not what was encrypted with this key and AAD
   */
  static byte[] decrypt(SecretKey key, byte[] stored, byte[] aad) throws UnreadableBodyException {
    if (stored.length < OVERHEAD) {
      throw new UnreadableBodyException("has no more than " + stored.length + " bytes");
    }
    try {
      return cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOf(stored, NONCE_BYTES), aad)
          .doFinal(stored, NONCE_BYTES, stored.length - NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw new UnreadableBodyException("does not decrypt as what belongs there", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES-GCM", e);
    }
  }

  private static Cipher cipher(int mode, SecretKey key, byte[] nonce, byte[] aad)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
    cipher.updateAAD(aad);
    return cipher;
  }
}
