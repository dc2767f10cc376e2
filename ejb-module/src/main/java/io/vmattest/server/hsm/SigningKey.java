// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.security.PublicKey;
import java.util.function.UnaryOperator;

/** A key that signs checkpoints of the ledger, or results: EC P-256, of one generation. */
public final class SigningKey {
  private final String label;
  private final PublicKey publicKey;
  private final UnaryOperator<byte[]> signing;

  SigningKey(String label, PublicKey publicKey, UnaryOperator<byte[]> signing) {
    this.label = label;
    this.publicKey = publicKey;
    this.signing = signing;
  }

  /** {@code vmattest-log-N} or {@code vmattest-result-N}. */
  public String label() {
    return label;
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /**
   * Signs in the token: ECDSA with SHA-256 of the message, the signature in ASN.1 DER (RFC 3279,
   * 2.2.3).
   *
   * @throws HsmUnavailableException if the token is away
   */
  public byte[] sign(byte[] message) {
    return signing.apply(message);
  }

  @Override
  public String toString() {
    return label;
  }
}
