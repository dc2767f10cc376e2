// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/** Ed25519 (RFC 8032), without a provider that a container would have to know. */
final class Ed25519Notes {
  static final int SIGNATURE_SIZE = 64;

  private Ed25519Notes() {}

  static boolean isKey(byte[] key) {
    if (key.length != Ed25519PublicKeyParameters.KEY_SIZE) {
      return false;
    }
    try {
      new Ed25519PublicKeyParameters(key);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static boolean verify(byte[] key, byte[] message, byte[] signature) {
    if (signature.length != SIGNATURE_SIZE) {
      return false;
    }
    Ed25519Signer verifier = new Ed25519Signer();
    verifier.init(false, new Ed25519PublicKeyParameters(key));
    verifier.update(message, 0, message.length);
    return verifier.verifySignature(signature);
  }
}
