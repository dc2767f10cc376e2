// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Names of objects (part 1, 16): hash algorithm and digest of the public area. */
public final class Tpm2Name {
  private Tpm2Name() {}

  /**
   * @param nameAlg TPM_ALG_ID of a hash
   * @param publicArea TPMT_PUBLIC
   */
  public static byte[] of(int nameAlg, byte[] publicArea) throws MalformedTpmStructureException {
    byte[] digest;
    try {
      digest = MessageDigest.getInstance(TpmAlgId.digestName(nameAlg)).digest(publicArea);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-2", e);
    }
    return ByteBuffer.allocate(2 + digest.length).putShort((short) nameAlg).put(digest).array();
  }
}
