// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Locale;

/**
 * TPMT_SIGNATURE (part 2, 11.3.4) of RSASSA or ECDSA.
 *
 * @param algorithm RSASSA or ECDSA
 * @param hash its hash algorithm
 * @param first the RSA signature, or r
 * @param second s; empty for RSA
 */
public record TpmtSignature(int algorithm, int hash, byte[] first, byte[] second) {
  private static final int MAX_RSA = 512;
  private static final int MAX_ECC = 66;

  public static TpmtSignature parse(byte[] bytes) throws MalformedTpmStructureException {
    TpmReader reader = new TpmReader(bytes, "TPMT_SIGNATURE");
    int algorithm = reader.u16();
    int hash = reader.u16();
    TpmtSignature signature =
        switch (algorithm) {
          case TpmAlgId.RSASSA ->
              new TpmtSignature(algorithm, hash, reader.sized(MAX_RSA), new byte[0]);
          case TpmAlgId.ECDSA ->
              new TpmtSignature(algorithm, hash, reader.sized(MAX_ECC), reader.sized(MAX_ECC));
          default -> throw reader.malformed("has algorithm 0x%04x".formatted(algorithm));
        };
    reader.end();
    return signature;
  }

  /**
   * Whether the key made it over the message, with the key's own scheme.
   *
   * @throws MalformedTpmStructureException if key or signature are of a kind that is not supported
   */
  public boolean verify(TpmtPublic key, byte[] message) throws MalformedTpmStructureException {
    TpmtScheme scheme = key.parameters().scheme();
    if (scheme.scheme() != algorithm || scheme.hash() != hash) {
      throw new MalformedTpmStructureException(
          "the signature's algorithm is not the one that the key is bound to");
    }
    String digest = TpmAlgId.digestName(hash).replace("-", "").toUpperCase(Locale.ROOT);
    if (key.parameters() instanceof EccPublic ecc) {
      byte[] plain = plainSignature(ecc.fieldSize());
      return verify(digest + "withPLAIN-ECDSA", ecc.publicKey(), message, plain);
    }
    return verify(digest + "withRSA", key.publicKey(), message, first);
  }

  private static boolean verify(String algorithm, PublicKey key, byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(algorithm, BouncyCastle.PROVIDER);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** r and s padded to the field's size and concatenated; a TPM may drop leading zeros. */
  private byte[] plainSignature(int fieldSize) throws MalformedTpmStructureException {
    if (first.length > fieldSize || second.length > fieldSize) {
      throw new MalformedTpmStructureException("r or s is larger than the curve's field");
    }
    byte[] plain = new byte[2 * fieldSize];
    System.arraycopy(first, 0, plain, fieldSize - first.length, first.length);
    System.arraycopy(second, 0, plain, 2 * fieldSize - second.length, second.length);
    return plain;
  }
}
