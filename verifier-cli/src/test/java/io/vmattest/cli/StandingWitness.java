// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.SignatureType;
import java.nio.ByteBuffer;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/** A witness that cosigns whatever it is shown (C2SP tlog-cosignature), and whose clock stands. */
record StandingWitness(String name, int seed) {
  static final long TIME = 1_780_000_000L;

  private Ed25519PrivateKeyParameters key() {
    return new Ed25519PrivateKeyParameters(ByteBuffer.allocate(32).putInt(seed).array());
  }

  NoteKey publicKey() {
    byte[] key = key().generatePublicKey().getEncoded();
    return NoteKey.ed25519(name, SignatureType.COSIGNATURE, key);
  }

  NoteSigner signer() {
    return NoteSigner.of(publicKey(), this::cosign);
  }

  /** Its name, and a cosignature of another text. */
  NoteSigner signerOfSomethingElse() {
    return new NoteSigner() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int keyId() {
        return publicKey().id();
      }

      @Override
      public byte[] sign(byte[] text) {
        return cosign("something else\n".getBytes(UTF_8));
      }
    };
  }

  private byte[] cosign(byte[] text) {
    byte[] header = ("cosignature/v1\ntime " + TIME + "\n").getBytes(UTF_8);
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, key());
    signer.update(header, 0, header.length);
    signer.update(text, 0, text.length);
    return ByteBuffer.allocate(72).putLong(TIME).put(signer.generateSignature()).array();
  }
}
