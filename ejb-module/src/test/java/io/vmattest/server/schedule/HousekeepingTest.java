// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.server.approval.Proposals;
import io.vmattest.server.ledger.BodyRetention;
import io.vmattest.server.maintenance.Maintenance;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.QuarantineEnds;
import io.vmattest.server.snapshots.Prunings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HousekeepingTest {
  private final Housekeeping housekeeping = new Housekeeping();
  private boolean timersFail;
  private int reconciled;
  private int prunings;
  private int retentions;
  private int expiries;
  private int ends;
  private int quarantines;

  @BeforeEach
  void wire() {
    housekeeping.timers =
        new Timers() {
          @Override
          public void reconcile() {
            if (timersFail) {
              throw new ServiceException(Problem.BUSY, "the test's");
            }
            reconciled++;
          }
        };
    housekeeping.prunings =
        new Prunings() {
          @Override
          public void startAll() {
            prunings++;
          }
        };
    housekeeping.proposals =
        new Proposals() {
          @Override
          public void expire() {
            expiries++;
          }
        };
    housekeeping.maintenance =
        new Maintenance() {
          @Override
          public void endDue() {
            ends++;
          }
        };
    housekeeping.quarantines =
        new QuarantineEnds() {
          @Override
          public void look() {
            quarantines++;
          }
        };
    housekeeping.retention =
        new BodyRetention() {
          @Override
          public void start() {
            retentions++;
          }
        };
  }

  @Test
  void everyLookReconcilesTimersPrunesAndMovesBodies() {
    housekeeping.look();
    assertEquals(1, reconciled);
    assertEquals(1, prunings);
    assertEquals(1, retentions);
    assertEquals(1, expiries);
    assertEquals(1, ends);
    assertEquals(1, quarantines);
  }

  @Test
  void timersThatCannotBeLookedAfterKeepNothingElseFromBeingDone() {
    timersFail = true;
    housekeeping.look();
    assertEquals(1, prunings);
  }
}
