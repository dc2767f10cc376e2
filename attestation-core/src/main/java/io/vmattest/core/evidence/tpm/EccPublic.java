// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;

/**
 * TPMS_ECC_PARMS (part 2, 12.2.3.6) and the point.
 *
 * @param curve TPM_ECC_CURVE (part 2, 6.4)
 */
public record EccPublic(
    TpmtSymDefObject symmetric, TpmtScheme scheme, int curve, TpmtScheme kdf, byte[] x, byte[] y)
    implements TpmtPublic.PublicParameters {
  public static final int NIST_P256 = 0x0003;
  public static final int NIST_P384 = 0x0004;
  private static final int MAX_COORDINATE = 66;

  static EccPublic read(TpmReader reader) throws MalformedTpmStructureException {
    TpmtSymDefObject symmetric = TpmtSymDefObject.read(reader);
    TpmtScheme scheme = TpmtScheme.read(reader);
    int curve = reader.u16();
    TpmtScheme kdf = TpmtScheme.read(reader);
    return new EccPublic(
        symmetric, scheme, curve, kdf, reader.sized(MAX_COORDINATE), reader.sized(MAX_COORDINATE));
  }

  /** Bytes of a coordinate. */
  public int fieldSize() throws MalformedTpmStructureException {
    return switch (curve) {
      case NIST_P256 -> 32;
      case NIST_P384 -> 48;
      default ->
          throw new MalformedTpmStructureException(
              "curve 0x%04x is not supported".formatted(curve));
    };
  }

  /**
   * @throws MalformedTpmStructureException also if the point is not on the curve
   */
  @Override
  public ECPublicKey publicKey() throws MalformedTpmStructureException {
    String curveName = fieldSize() == 32 ? "secp256r1" : "secp384r1";
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC", BouncyCastle.PROVIDER);
      parameters.init(new ECGenParameterSpec(curveName));
      ECPoint point = new ECPoint(new BigInteger(1, x), new BigInteger(1, y));
      return (ECPublicKey)
          KeyFactory.getInstance("EC", BouncyCastle.PROVIDER)
              .generatePublic(
                  new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new MalformedTpmStructureException("this is not a point on " + curveName, e);
    }
  }
}
