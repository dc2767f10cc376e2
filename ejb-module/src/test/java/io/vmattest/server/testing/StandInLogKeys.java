// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.server.ledger.LogKeys;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;

/** A log's key in memory, where a test is not about the HSM. */
public final class StandInLogKeys implements LogKeys {
  private final KeyPair pair;

  public StandInLogKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      pair = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public NoteSigner signer(String origin) {
    return NoteSigner.ecdsa(origin, pair.getPrivate(), pair.getPublic());
  }

  @Override
  public NoteVerifiers verifiers(String origin) {
    return NoteVerifiers.of(NoteKey.ecdsa(origin, pair.getPublic()));
  }
}
