// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.operations.OperationStoreParts;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.TestDatabase;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PinsTest {
  private static final Digest OTHER = Digest.sha256(new byte[] {1});
  private static final UUID VM = ReportMaker.VM;

  private final TestDatabase database = new TestDatabase();
  private final StoredReport report =
      new StoredReport(new ReportMaker().sign(new StandInTpm()), "<domain/>", true, 0);
  private boolean ledgerDamaged;
  private Optional<Digest> openCase = Optional.empty();
  private List<DebugClone> clones = List.of();

  @AfterEach
  void close() {
    database.close();
  }

  private List<Set<Pin>> pins() {
    return database.transaction(
        em -> {
          Pins pins = new Pins();
          pins.operations = OperationStoreParts.store(em);
          pins.baselines = new KnownBaseline();
          pins.host =
              new HostGateway() {
                @Override
                @SuppressWarnings("unchecked")
                public <T> T call(Work<T> work) {
                  return (T) clones;
                }
              };
          pins.cases =
              new OpenCases() {
                @Override
                public Optional<Digest> of(UUID vm, List<Snapshot> snapshots) {
                  return openCase;
                }
              };
          return pins
              .on(VM, List.of(snapshot(report.report().snapshot()), snapshot(OTHER)))
              .stream()
              .map(Snapshot::pins)
              .toList();
        });
  }

  private static Snapshot snapshot(Digest digest) {
    return new Snapshot(digest, Instant.EPOCH, Optional.empty(), List.of(), Set.of());
  }

  @Test
  void theBaselinesAndTheOpenCasesArePinned() {
    openCase = Optional.of(OTHER);
    assertEquals(List.of(Set.of(Pin.BASELINE), Set.of(Pin.OPEN_CASE)), pins());
  }

  @Test
  void theSnapshotThatADebugCloneStandsOnIsPinned() {
    clones =
        List.of(new DebugClone(UUID.randomUUID(), "c", VM, OTHER, "127.0.0.1:1", Instant.EPOCH));
    assertEquals(List.of(Set.of(Pin.BASELINE), Set.of(Pin.DEBUG_CLONE)), pins());
  }

  @Test
  void aRunningRollbackPinsAllAndOneThatIsOverNone() {
    UUID id = UUID.randomUUID();
    database.run(
        em ->
            OperationStoreParts.store(em).started(id, "rollback", Optional.of(VM), Instant.EPOCH));
    assertEquals(List.of(Set.of(Pin.BASELINE, Pin.ROLLBACK), Set.of(Pin.ROLLBACK)), pins());
    database.run(em -> OperationStoreParts.store(em).failed(id, OperationStoreParts.INTERRUPTED));
    assertEquals(List.of(Set.of(Pin.BASELINE), Set.of()), pins());
  }

  @Test
  void aBaselineThatCannotBeReadMayBeAny() {
    ledgerDamaged = true;
    assertEquals(List.of(Set.of(Pin.BASELINE), Set.of(Pin.BASELINE)), pins());
  }

  private final class KnownBaseline extends Baselines {
    @Override
    public Optional<Baseline> find(UUID vm) {
      if (ledgerDamaged) {
        throw new ServiceException(Problem.LEDGER_DAMAGED, "forged");
      }
      return Optional.of(new Baseline(report, Instant.EPOCH));
    }
  }
}
