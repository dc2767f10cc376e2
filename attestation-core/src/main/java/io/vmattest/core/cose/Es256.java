// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cose;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;

/** ECDSA on P-256 with SHA-256, signatures as r and s concatenated (RFC 9053, 2.1). */
public final class Es256 {
  // Named, not looked up: both verify many times as fast as the platform's, and need no
  // registration in a container.
  private static final Es256Provider PROVIDER = Es256Provider.fastest();
  private static final int FIELD_BITS = 256;
  private static final BigInteger ORDER = SECNamedCurves.getByName("secp256r1").getN();

  private Es256() {}

  /** Whether it is a signature of the key's; false too for a key of another kind. */
  public static boolean verify(PublicKey key, byte[] message, byte[] signature) {
    if (!(key instanceof ECPublicKey ec)
        || ec.getParams().getCurve().getField().getFieldSize() != FIELD_BITS) {
      return false;
    }
    try {
      Signature verifier = PROVIDER.signature();
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /**
   * The same key in the form in which verifying with it is fastest; itself where it is of another
   * kind.
   */
  public static PublicKey prepared(PublicKey key) {
    return PROVIDER.prepared(key);
  }

  /** Whose code verifies, as a provider of the platform is called. */
  public static String provider() {
    return PROVIDER.provider().getName();
  }

  /**
   * A signature as r and s concatenated, of one in DER (RFC 3279, 2.2.3).
   *
   * @throws GeneralSecurityException if it is none
   */
  public static byte[] concatenated(byte[] der) throws GeneralSecurityException {
    try {
      BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(ORDER, der);
      return PlainDSAEncoding.INSTANCE.encode(ORDER, rs[0], rs[1]);
    } catch (IOException | RuntimeException e) {
      // What Bouncy Castle throws for bytes that are no signature differs.
      throw new GeneralSecurityException("no ECDSA signature in DER", e);
    }
  }

  /** A signer with a key held in memory. */
  public static CoseSigner signer(PrivateKey key) {
    return message -> {
      Signature signer = PROVIDER.signature();
      signer.initSign(key);
      signer.update(message);
      return signer.sign();
    };
  }
}
