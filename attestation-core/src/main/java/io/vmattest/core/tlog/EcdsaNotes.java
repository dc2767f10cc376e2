// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.report.Digest;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/** ECDSA on P-256 with SHA-256: keys are SPKI, signatures Ecdsa-Sig-Value (RFC 3279), in DER. */
final class EcdsaNotes {
  /** SPKI of P-256 with an uncompressed point. */
  private static final int KEY_SIZE = 91;

  /** Two integers of 33 bytes, in a sequence. */
  private static final int MAX_SIGNATURE_SIZE = 72;

  private EcdsaNotes() {}

  static boolean isKey(byte[] spki) {
    if (spki.length != KEY_SIZE) {
      return false;
    }
    try {
      SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(spki);
      return X9ObjectIdentifiers.id_ecPublicKey.equals(info.getAlgorithm().getAlgorithm())
          && SECObjectIdentifiers.secp256r1.equals(info.getAlgorithm().getParameters())
          && Arrays.equals(spki, info.getEncoded("DER"))
          && PublicKeyFactory.createKey(info) instanceof ECPublicKeyParameters;
    } catch (IOException | RuntimeException e) {
      // What Bouncy Castle throws for bytes that are no key differs.
      return false;
    }
  }

  static boolean verify(byte[] spki, byte[] message, byte[] signature) {
    if (signature.length > MAX_SIGNATURE_SIZE) {
      return false;
    }
    try {
      ECPublicKeyParameters key = (ECPublicKeyParameters) PublicKeyFactory.createKey(spki);
      BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(key.getParameters().getN(), signature);
      ECDSASigner verifier = new ECDSASigner();
      verifier.init(false, key);
      return verifier.verifySignature(Digest.sha256(message).bytes(), rs[0], rs[1]);
    } catch (IOException | RuntimeException e) {
      // What Bouncy Castle throws for bytes that are no signature differs.
      return false;
    }
  }
}
