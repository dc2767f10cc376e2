// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerStandingTest {
  @TempDir Path dir;
  private final Counted host = new Counted();
  private boolean boundElsewhere;

  @Test
  void aDatabaseThatNamesTheCountersValueIsCurrent() {
    host.value = 7;
    standing(Optional.of(7L)).requireCurrent();
    assertEquals(7, host.value);
  }

  @Test
  void aDatabaseWithoutCheckpointsIsTheFirst() {
    standing(Optional.empty()).requireCurrent();
  }

  @Test
  void aServerThatDiedBeforeItCountedCountsNow() {
    host.value = 6;
    standing(Optional.of(7L)).requireCurrent();
    assertEquals(7, host.value);
  }

  @Test
  void anOlderDatabaseIsRefusedAndSoIsAnotherTpms() {
    host.value = 8;
    assertEquals(Problem.LEDGER_OLDER, refused(standing(Optional.of(7L))));
    assertEquals(Problem.LEDGER_OLDER, refused(standing(Optional.of(10L))));
    assertEquals(8, host.value);
  }

  @Test
  void aDatabaseThatIsBoundToAnotherTpmIsRefused() {
    boundElsewhere = true;
    assertEquals(Problem.LEDGER_OLDER, refused(standing(Optional.empty())));
  }

  @Test
  void aDatabaseWithoutCheckpointsIsRefusedWhereThereWereSomeBefore() {
    LedgerStanding first = standing(Optional.empty());
    first.requireCurrent();
    first.next();
    first.advance();
    LedgerStanding emptied = standing(Optional.empty());
    assertEquals(Problem.LEDGER_OLDER, refused(emptied));
    assertFalse(emptied.isCurrent());
    assertTrue(standing(Optional.of(1L)).isCurrent());
  }

  @Test
  void withoutTheTpmNothingIsWrittenUntilItIsBack() {
    LedgerStanding standing = standing(Optional.of(0L));
    host.away = true;
    assertEquals(Problem.TEE_UNAVAILABLE, refused(standing));
    host.away = false;
    standing.requireCurrent();
  }

  @Test
  void theNextCheckpointNamesTheValueThatTheCounterWillHave() {
    host.value = 7;
    LedgerStanding standing = standing(Optional.of(7L));
    assertEquals(8, standing.next().orElseThrow().value());
    standing.advance();
    assertEquals(8, host.value);
  }

  @Test
  void noTwoCheckpointsNameTheSameValueThoughTheCounterWasNotIncrementedInBetween() {
    host.value = 7;
    LedgerStanding standing = standing(Optional.of(8L));
    assertEquals(9, standing.next().orElseThrow().value());
    assertEquals(8, host.value);
  }

  @Test
  void checkpointsThatAreTakenAwayWhileTheServerRunsAreMissed() {
    host.value = 7;
    LedgerStanding standing = standing(Optional.of(7L));
    standing.requireCurrent();
    host.value = 9;
    assertFalse(standing.isCurrent());
    assertEquals(
        Problem.LEDGER_OLDER, assertThrows(ServiceException.class, standing::next).problem());
    assertEquals(Problem.LEDGER_OLDER, refused(standing));
  }

  @Test
  void aCheckpointThatIsJustBeingBoundIsNoOlderDatabase() {
    host.value = 7;
    assertTrue(standing(Optional.of(8L)).isCurrent());
    assertEquals(7, host.value);
    assertFalse(standing(Optional.of(9L)).isCurrent());
    assertFalse(standing(Optional.of(6L)).isCurrent());
  }

  private static Problem refused(LedgerStanding standing) {
    return assertThrows(ServiceException.class, standing::requireCurrent).problem();
  }

  private LedgerStanding standing(Optional<Long> bound) {
    LedgerStanding standing = new LedgerStanding();
    standing.host = host;
    standing.known = new BoundCounters(dir.resolve("counters"));
    standing.checkpoints =
        new Checkpoints() {
          @Override
          public Optional<Long> boundTo(String counterId) {
            return bound;
          }

          @Override
          public boolean areBound() {
            return bound.isPresent() || boundElsewhere;
          }
        };
    return standing;
  }

  private static final class Counted extends HostGateway {
    private long value;
    private boolean away;

    @Override
    public CounterValue counter() {
      if (away) {
        throw new ServiceException(Problem.TEE_UNAVAILABLE, "no TPM");
      }
      return new CounterValue("id", value);
    }

    @Override
    public CounterValue incrementCounter() {
      value++;
      return counter();
    }
  }
}
