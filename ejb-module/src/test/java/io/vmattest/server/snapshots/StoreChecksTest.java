// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.SnapshotCheck;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.attestation.CaptureGuard.Urgency;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoreChecksTest {
  private static final UUID FIRST = new UUID(0, 1);
  private static final UUID SECOND = new UUID(0, 2);
  private static final Digest GOOD = Digest.sha256(new byte[] {1});
  private static final Digest BAD = Digest.sha256(new byte[] {2});
  private static final Digest REPORT = Digest.sha256(new byte[] {3});
  private static final Digest FORGED = Digest.sha256(new byte[] {4});

  private final StoredReport stored =
      new StoredReport(new ReportMaker().sign(new StandInTpm()), "<domain/>", true, 0);

  private final StoreChecks checks = new StoreChecks();
  private final Map<UUID, SnapshotCheck> found = new HashMap<>();
  private final List<CheckedVm> recorded = new ArrayList<>();
  private final List<Double> progress = new ArrayList<>();
  private JsonObject result = JsonValue.EMPTY_JSON_OBJECT;

  @BeforeEach
  void wire() {
    checks.host = new Host();
    checks.guard = new CaptureGuard();
    checks.reports =
        new Reports() {
          @Override
          public StoredReport getVerified(Digest digest) {
            if (!digest.equals(REPORT)) {
              throw new ServiceException(Problem.NO_SUCH_REPORT, "there is none");
            }
            return stored;
          }
        };
    checks.recorder =
        new SnapshotRecorder() {
          @Override
          public void checked(UUID vm, CheckedVm checked) {
            recorded.add(checked);
          }
        };
    checks.operations =
        new Operations() {
          @Override
          public Operation start(String kind, Optional<UUID> vm, Work work) {
            result = work.run((step, fraction) -> progress.add(fraction));
            return new Operation(
                UUID.randomUUID(),
                kind,
                vm,
                Operation.State.RUNNING,
                "",
                0,
                Instant.EPOCH,
                JsonValue.EMPTY_JSON_OBJECT,
                Optional.empty());
          }
        };
  }

  private static SnapshotCheck.Checked good(Digest report) {
    return new SnapshotCheck.Checked(GOOD, Optional.of(report), Optional.empty());
  }

  private void finds(UUID vm, SnapshotCheck.Checked... snapshots) {
    found.put(vm, new SnapshotCheck(List.of(snapshots), 0, 0, 0, Optional.empty()));
  }

  private JsonObject vm(int number) {
    return result.getJsonArray("vms").getJsonObject(number);
  }

  @Test
  void aVmThatIsWorkedOnIsSkippedAndTheOthersAreChecked() {
    finds(FIRST, good(REPORT));
    finds(SECOND, good(REPORT));
    checks.guard.alone(FIRST, Urgency.ASKED_FOR, () -> checks.start(Optional.empty(), false));
    assertEquals("SKIPPED", vm(0).getString("state"));
    assertEquals("CHECKED", vm(1).getString("state"));
    assertEquals(1, result.getInt("skipped"));
    assertEquals(0, result.getInt("failed"));
    assertEquals(List.of(SECOND), recorded.stream().map(CheckedVm::vm).toList());
  }

  @Test
  void aVmThatCannotBeCheckedFailsAlone() {
    finds(SECOND, good(REPORT));
    found.put(FIRST, new SnapshotCheck(List.of(), 0, 0, 0, Optional.of("throw")));
    checks.start(Optional.empty(), false);
    assertEquals("FAILED", vm(0).getString("state"));
    assertEquals("no TPM", vm(0).getString("detail"));
    assertEquals("CHECKED", vm(1).getString("state"));
  }

  @Test
  void aDamagedSnapshotIsNamedWithItsPage() {
    finds(
        FIRST,
        good(REPORT),
        new SnapshotCheck.Checked(BAD, Optional.of(REPORT), Optional.of("pc.ram+0x1000")));
    checks.start(Optional.of(FIRST), false);
    assertEquals(1, result.getInt("damaged"));
    JsonObject damage = vm(0).getJsonArray("damage").getJsonObject(0);
    assertEquals(BAD.hex(), damage.getString("snapshot"));
    assertEquals("pc.ram+0x1000", damage.getString("detail"));
  }

  @Test
  void aSnapshotWhoseReportTheLedgerDoesNotKnowIsDamaged() {
    finds(FIRST, good(FORGED));
    checks.start(Optional.of(FIRST), false);
    assertEquals(1, result.getInt("damaged"));
    assertTrue(
        recorded.get(0).damaged().get(0).detail().contains("the ledger does not know"),
        recorded::toString);
  }

  @Test
  void progressGoesOnFromVmToVm() {
    finds(FIRST, good(REPORT));
    finds(SECOND, good(REPORT));
    checks.start(Optional.empty(), false);
    assertEquals(List.of(0.25, 0.75), progress);
  }

  /** Answers by what the test says is found; half of a VM is done when it tells of progress. */
  private final class Host extends HostGateway {
    @Override
    public <T> T call(Work<T> work) {
      HypervisorConnection connection =
          (HypervisorConnection)
              Proxy.newProxyInstance(
                  StoreChecksTest.class.getClassLoader(),
                  new Class<?>[] {HypervisorConnection.class},
                  (proxy, method, arguments) ->
                      method.getName().equals("snapshotOwners")
                          ? List.of(FIRST, SECOND)
                          : check((UUID) arguments[0], (ProgressListener) arguments[2]));
      try {
        return work.on(connection);
      } catch (HypervisorException e) {
        throw new AssertionError(e);
      }
    }

    private SnapshotCheck check(UUID vm, ProgressListener listener) {
      SnapshotCheck check = Objects.requireNonNull(found.get(vm));
      if (check.notRepaired().equals(Optional.of("throw"))) {
        throw new ServiceException(Problem.TEE_UNAVAILABLE, "no TPM");
      }
      listener.progress("snapshot", 0.5);
      return check;
    }
  }
}
