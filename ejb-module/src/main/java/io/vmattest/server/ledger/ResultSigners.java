// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.bundle.CaseManifest;
import io.vmattest.core.result.AttestationResult;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.result.SignedResult;

/** Signs results, and knows the keys of all that were signed. */
public interface ResultSigners {
  /**
   * Signs with the newest key.
   *
   * @throws io.vmattest.server.problem.ServiceException with HSM_UNAVAILABLE
   */
  SignedResult sign(AttestationResult result);

  /**
   * Signs the manifest of a case's bundle with the newest key.
   *
   * @return COSE_Sign1
   * @throws io.vmattest.server.problem.ServiceException with HSM_UNAVAILABLE
   */
  byte[] sign(CaseManifest manifest);

  /** Those of all generations, the newest last. */
  ResultKeys keys();
}
