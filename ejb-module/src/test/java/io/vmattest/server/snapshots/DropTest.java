// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.KeptSnapshot;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DropTest {
  private static final UUID VM = new UUID(0, 1);
  private static final Digest SNAPSHOT = Digest.sha256(new byte[] {1});

  private final List<String> steps = new ArrayList<>();
  private final Snapshots snapshots = new Snapshots();
  private Set<Pin> pinned = Set.of();
  private Optional<Problem> failure = Optional.empty();

  @BeforeEach
  void wire() {
    snapshots.guard = new CaptureGuard();
    snapshots.host = new Host();
    snapshots.pins =
        new Pins() {
          @Override
          public List<Snapshot> on(UUID vm, List<Snapshot> all) {
            return all.stream().map(s -> s.with(pinned)).toList();
          }
        };
    snapshots.recorder =
        new SnapshotRecorder() {
          @Override
          public LedgerRecord dropping(UUID vm, Snapshot snapshot, DropReason why) {
            steps.add("recorded " + why);
            LedgerEntryData data =
                new LedgerEntryData(
                    0,
                    LedgerEntryData.Type.SNAPSHOT,
                    Instant.EPOCH,
                    Optional.of(vm),
                    SNAPSHOT,
                    LedgerEntryData.GENESIS);
            return new LedgerRecord(data, data.hash(), new byte[0], "");
          }

          @Override
          public void dropped(UUID vm, Snapshot snapshot, DropReason why, LedgerRecord entry) {
            steps.add("told");
          }

          @Override
          public void notDropped(UUID vm, Snapshot snapshot, String detail) {
            steps.add("taken back: " + detail);
          }
        };
  }

  @Test
  void aDropIsRecordedBeforeItIsDoneAndToldAfterwards() {
    snapshots.drop(VM, SNAPSHOT);
    assertEquals(List.of("recorded REQUEST", "dropped", "told"), steps);
  }

  @Test
  void aDropThatFailsIsTakenBack() {
    failure = Optional.of(Problem.CAPTURE_IN_PROGRESS);
    assertEquals(Problem.CAPTURE_IN_PROGRESS, refused());
    assertEquals(List.of("recorded REQUEST", "taken back: busy"), steps);
  }

  @Test
  void whatIsPinnedIsNotTouched() {
    pinned = Set.of(Pin.OPEN_CASE);
    assertEquals(Problem.SNAPSHOT_PINNED, refused());
    assertEquals(List.of(), steps);
  }

  private Problem refused() {
    return assertThrows(ServiceException.class, () -> snapshots.drop(VM, SNAPSHOT)).problem();
  }

  /** First it is asked for what there is, then to drop it. */
  private final class Host extends HostGateway {
    private boolean listed;

    @Override
    @SuppressWarnings("unchecked")
    public <T> T call(Work<T> work) {
      if (!listed) {
        listed = true;
        return (T)
            List.of(new KeptSnapshot(SNAPSHOT, Instant.EPOCH, Optional.empty(), List.of("vda")));
      }
      failure.ifPresent(
          problem -> {
            throw new ServiceException(problem, "busy");
          });
      steps.add("dropped");
      return (T) List.of();
    }
  }
}
