// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How often in a row the message at the queue's head could not be appended, and no outage was the
 * reason. Outages are not counted, however long they are: nothing is given up for them.
 */
@ApplicationScoped
public class ReportFailures {
  private static final int ATTEMPTS = Integer.getInteger("vmattest.delivery.attempts", 40);

  /** Of these no report is the cause. */
  private static final Set<Problem> OUTAGES =
      EnumSet.of(Problem.HSM_UNAVAILABLE, Problem.LEDGER_OLDER, Problem.TEE_UNAVAILABLE);

  @Inject GroupTransaction transaction;

  private String message = "";
  private int count;

  /**
   * Counts a failure.
   *
   * @return whether the message was tried often enough, each time while the ledger could be read
   */
  public synchronized boolean isLast(String failed, RuntimeException cause) {
    if (!failed.equals(message)) {
      message = failed;
      count = 0;
    }
    if (isOutage(cause) || !transaction.answers()) {
      return false;
    }
    count++;
    return count >= ATTEMPTS;
  }

  /** Whether it was sent again so often that it is not worth another time. */
  static boolean areTooMany(int returns) {
    return returns > ATTEMPTS;
  }

  /** Whether it failed for something that no report is the cause of. */
  static boolean isOutage(RuntimeException e) {
    return Stream.iterate((Throwable) e, Objects::nonNull, Throwable::getCause)
        .anyMatch(
            cause ->
                cause instanceof ServiceException service && OUTAGES.contains(service.problem()));
  }
}
