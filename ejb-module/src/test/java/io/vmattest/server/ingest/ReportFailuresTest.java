// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import org.junit.jupiter.api.Test;

class ReportFailuresTest {
  private static final RuntimeException FAULT = new IllegalStateException("a fault");
  private static final int ATTEMPTS = 40;

  private final Ledger ledger = new Ledger();
  private final ReportFailures failures = new ReportFailures();

  ReportFailuresTest() {
    failures.transaction = ledger;
  }

  @Test
  void whatFailsOftenEnoughInARowIsNotTriedAgain() {
    failTimes("a", ATTEMPTS - 1, FAULT);
    assertTrue(failures.isLast("a", FAULT));
  }

  @Test
  void anotherMessagesFailuresDoNotCount() {
    failTimes("a", ATTEMPTS - 1, FAULT);
    failTimes("b", 1, FAULT);
    failTimes("a", ATTEMPTS - 1, FAULT);
  }

  @Test
  void whileTheLedgerCannotBeReadNothingIsGivenUp() {
    ledger.answers = false;
    failTimes("a", 3 * ATTEMPTS, FAULT);
    ledger.answers = true;
    failTimes("a", ATTEMPTS - 1, FAULT);
  }

  @Test
  void outagesOfHsmTpmAndOlderDatabasesAreNoReportsFault() {
    for (Problem problem :
        new Problem[] {Problem.HSM_UNAVAILABLE, Problem.LEDGER_OLDER, Problem.TEE_UNAVAILABLE}) {
      RuntimeException outage =
          new IllegalStateException(new ServiceException(problem, "an outage"));
      failTimes("a", 2 * ATTEMPTS, outage);
    }
  }

  @Test
  void anOutageAfterTheLastAttemptGivesNothingUp() {
    failTimes("a", ATTEMPTS - 1, FAULT);
    assertTrue(failures.isLast("a", FAULT));
    failTimes("a", 1, new ServiceException(Problem.HSM_UNAVAILABLE, "the token is away"));
    ledger.answers = false;
    failTimes("a", 1, FAULT);
  }

  @Test
  void aFailureAfterALongOutageIsTheFirst() {
    failTimes(
        "a", 3 * ATTEMPTS, new ServiceException(Problem.HSM_UNAVAILABLE, "the token is away"));
    assertFalse(failures.isLast("a", FAULT));
  }

  private void failTimes(String message, int times, RuntimeException cause) {
    for (int i = 0; i < times; i++) {
      assertFalse(failures.isLast(message, cause), () -> "given up: " + cause);
    }
  }

  private static final class Ledger extends GroupTransaction {
    boolean answers = true;

    @Override
    public boolean answers() {
      return answers;
    }
  }
}
