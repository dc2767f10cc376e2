// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.report.Digest;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * How a note's signatures are made; the identifier is the first byte of a key's text form.
 *
 * @see <a href="https://c2sp.org/signed-note">Signed note, Signature types</a>
 */
public enum SignatureType {
  /** Ed25519 over the text (RFC 8032); the key is 32 bytes. */
  ED25519(0x01),
  /** ECDSA on P-256 with SHA-256 over the text, r and s in DER; the key is an SPKI in DER. */
  ECDSA(0x02),
  /** Ed25519 of a witness, with the time, over the text of a checkpoint; the key is 32 bytes. */
  COSIGNATURE(0x04);

  private static final byte[] NEWLINE = {'\n'};
  private final int identifier;

  SignatureType(int identifier) {
    this.identifier = identifier;
  }

  public int identifier() {
    return identifier;
  }

  static Optional<SignatureType> of(int identifier) {
    return Arrays.stream(values()).filter(type -> type.identifier == identifier).findFirst();
  }

  /** The ID of a key of this type. */
  int keyId(String name, byte[] key) {
    Digest digest =
        switch (this) {
          // "the key ID for these signatures is the truncated SHA-256 hash of the DER encoded
          // public key in SPKI format"
          case ECDSA -> Digest.sha256(key);
          // "key ID = SHA-256(key name || 0x0A || signature type || public key)[:4]"
          case ED25519, COSIGNATURE ->
              Digest.sha256(StrictText.encode(name), NEWLINE, new byte[] {(byte) identifier}, key);
        };
    return ByteBuffer.wrap(digest.bytes()).getInt();
  }

  boolean isKey(byte[] key) {
    return switch (this) {
      case ECDSA -> EcdsaNotes.isKey(key);
      case ED25519, COSIGNATURE -> Ed25519Notes.isKey(key);
    };
  }

  boolean verify(byte[] key, byte[] text, byte[] signature) {
    return switch (this) {
      case ECDSA -> EcdsaNotes.verify(key, text, signature);
      case ED25519 -> Ed25519Notes.verify(key, text, signature);
      case COSIGNATURE -> Cosignature.verify(key, text, signature);
    };
  }

  /** When a signature of this type was made, where it says so. */
  Optional<Instant> time(byte[] signature) {
    return this == COSIGNATURE ? Cosignature.time(signature) : Optional.empty();
  }
}
