// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.result;

import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.ResultSigners;
import java.time.Clock;

/** The services of results, as the container would wire them. */
public final class ResultParts {
  private ResultParts() {}

  public static ResultIssuer issuer(ResultSigners signers) {
    ResultIssuer issuer = new ResultIssuer();
    issuer.signers = signers;
    issuer.clock = Clock.systemUTC();
    return issuer;
  }

  public static Results results(Ledger ledger, ResultSigners signers) {
    Results results = new Results();
    results.ledger = ledger;
    results.signers = signers;
    return results;
  }
}
