// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.server.hsm.Hsm;
import io.vmattest.server.hsm.SigningKey;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

/** The log's keys in the HSM. */
@ApplicationScoped
public class HsmLogKeys implements LogKeys {
  @Inject Hsm hsm;

  @Override
  public NoteSigner signer(String origin) {
    SigningKey key = hsm.logKey();
    return NoteSigner.of(NoteKey.ecdsa(origin, key.publicKey()), key::sign);
  }

  @Override
  public NoteVerifiers verifiers(String origin) {
    return NoteVerifiers.of(
        hsm.logKeys().stream().map(key -> NoteKey.ecdsa(origin, key.publicKey())).toList());
  }
}
