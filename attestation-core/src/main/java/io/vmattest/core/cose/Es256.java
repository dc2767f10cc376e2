// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cose;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;

/** ECDSA on P-256 with SHA-256, signatures as r and s concatenated (RFC 9053, 2.1). */
public final class Es256 {
  // Named, not looked up: both verify many times as fast as the platform's, and need no
  // registration in a container.
  private static final Es256Provider PROVIDER = Es256Provider.fastest();
  private static final int FIELD_BITS = 256;

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
