// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;

/**
 * TPMS_RSA_PARMS (part 2, 12.2.3.5) and the modulus.
 *
 * @param exponent as marshalled; 0 stands for 65537
 */
public record RsaPublic(
    TpmtSymDefObject symmetric, TpmtScheme scheme, int keyBits, int exponent, byte[] modulus)
    implements TpmtPublic.PublicParameters {
  private static final int DEFAULT_EXPONENT = 65537;
  private static final int MIN_BITS = 2048;
  private static final int MAX_BITS = 4096;

  static RsaPublic read(TpmReader reader) throws MalformedTpmStructureException {
    TpmtSymDefObject symmetric = TpmtSymDefObject.read(reader);
    TpmtScheme scheme = TpmtScheme.read(reader);
    int keyBits = reader.u16();
    int exponent = reader.u32();
    byte[] modulus = reader.sized(MAX_BITS / 8);
    if (keyBits < MIN_BITS || keyBits > MAX_BITS || modulus.length * 8 != keyBits) {
      throw reader.malformed("has an RSA modulus of " + modulus.length * 8 + " bits");
    }
    return new RsaPublic(symmetric, scheme, keyBits, exponent, modulus);
  }

  @Override
  public RSAPublicKey publicKey() throws MalformedTpmStructureException {
    BigInteger e =
        exponent == 0
            ? BigInteger.valueOf(DEFAULT_EXPONENT)
            : BigInteger.valueOf(Integer.toUnsignedLong(exponent));
    try {
      return (RSAPublicKey)
          KeyFactory.getInstance("RSA", BouncyCastle.PROVIDER)
              .generatePublic(new RSAPublicKeySpec(new BigInteger(1, modulus), e));
    } catch (GeneralSecurityException | IllegalArgumentException ex) {
      throw new MalformedTpmStructureException("this is not an RSA key", ex);
    }
  }
}
