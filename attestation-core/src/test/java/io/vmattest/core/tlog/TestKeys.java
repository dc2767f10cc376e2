// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/** Keys that sign notes. */
final class TestKeys {
  private TestKeys() {}

  static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A log's key, as in a server. */
  static CheckedNoteSigner ecdsa(String name) {
    KeyPair pair = ec("secp256r1");
    return (CheckedNoteSigner) NoteSigner.ecdsa(name, pair.getPrivate(), pair.getPublic());
  }

  static CheckedNoteSigner ed25519(String name, int seed) {
    Ed25519PrivateKeyParameters key = key(seed);
    byte[] publicKey = key.generatePublicKey().getEncoded();
    return new CheckedNoteSigner(
        NoteKey.ed25519(name, SignatureType.ED25519, publicKey), text -> sign(key, text));
  }

  /** A witness, whose clock stands. */
  static CheckedNoteSigner witness(String name, int seed, long time) {
    Ed25519PrivateKeyParameters key = key(seed);
    byte[] publicKey = key.generatePublicKey().getEncoded();
    return new CheckedNoteSigner(
        NoteKey.ed25519(name, SignatureType.COSIGNATURE, publicKey),
        text ->
            ByteBuffer.allocate(72)
                .putLong(time)
                .put(sign(key, Cosignature.message(time, text)))
                .array());
  }

  private static Ed25519PrivateKeyParameters key(int seed) {
    return new Ed25519PrivateKeyParameters(ByteBuffer.allocate(32).putInt(seed).array());
  }

  private static byte[] sign(Ed25519PrivateKeyParameters key, byte[] message) {
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, key);
    signer.update(message, 0, message.length);
    return signer.generateSignature();
  }
}
