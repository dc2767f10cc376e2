// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.bundle.CaseManifest;
import io.vmattest.core.bundle.SignedManifest;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.result.AttestationResult;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.VmResult;
import io.vmattest.server.ledger.ResultSigners;
import io.vmattest.server.result.ResultIssuer;
import io.vmattest.server.result.ResultParts;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A verifier's key in memory, where a test is not about the HSM. */
public final class StandInResultSigners implements ResultSigners {
  private final KeyPair pair;

  public StandInResultSigners() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      pair = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public SignedResult sign(AttestationResult result) {
    try {
      return SignedResult.sign(result, pair.getPublic(), Es256.signer(pair.getPrivate()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public byte[] sign(CaseManifest manifest) {
    try {
      return SignedManifest.sign(manifest, pair.getPublic(), Es256.signer(pair.getPrivate()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public ResultKeys keys() {
    return ResultKeys.of(List.of(pair.getPublic()));
  }

  /** One that issues by this key. */
  public ResultIssuer issuer() {
    return ResultParts.issuer(this);
  }

  /** That a VM is overdue. */
  public SignedResult overdue(UUID vm) {
    return issuer()
        .issue(
            new VmResult(
                UUID.randomUUID(),
                vm,
                Verdict.OVERDUE,
                Instant.EPOCH,
                "late",
                Optional.empty(),
                Optional.empty(),
                List.of(),
                0,
                0,
                List.of()),
            Checked.NOTHING,
            List.of(),
            Optional.empty());
  }
}
