// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.bundle.CaseManifest;
import io.vmattest.core.bundle.SignedManifest;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.result.AttestationResult;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.result.SignedResult;
import io.vmattest.server.hsm.Hsm;
import io.vmattest.server.hsm.SigningKey;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.GeneralSecurityException;

/** By the HSM's keys. */
@ApplicationScoped
public class HsmResultSigners implements ResultSigners {
  @Inject Hsm hsm;

  @Override
  public SignedResult sign(AttestationResult result) {
    SigningKey key = hsm.resultKey();
    try {
      return SignedResult.sign(
          result, key.publicKey(), message -> Es256.concatenated(key.sign(message)));
    } catch (GeneralSecurityException e) {
      throw noSignature(e);
    }
  }

  @Override
  public byte[] sign(CaseManifest manifest) {
    SigningKey key = hsm.resultKey();
    try {
      return SignedManifest.sign(
          manifest, key.publicKey(), message -> Es256.concatenated(key.sign(message)));
    } catch (GeneralSecurityException e) {
      throw noSignature(e);
    }
  }

  private static ServiceException noSignature(GeneralSecurityException e) {
    return new ServiceException(
        Problem.HSM_UNAVAILABLE, "the token gave no signature: " + e.getMessage(), e);
  }

  @Override
  public ResultKeys keys() {
    return ResultKeys.of(hsm.resultKeys().stream().map(SigningKey::publicKey).toList());
  }
}
