// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackFailedException;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.attestation.SnapshotNews;
import io.vmattest.server.enrolment.EnrolmentService;
import io.vmattest.server.enrolment.KeyEnrolment;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.ReportChains;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.json.JsonValue;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RollbackServiceTest {
  private static final UUID VM = ReportMaker.VM;

  private final List<String> steps = new ArrayList<>();
  private final List<UUID> told = new ArrayList<>();
  private final Map<String, String> named = new HashMap<>();
  private final StoredReport target;
  private final RollbackService service = new RollbackService();
  private final List<String> began = new ArrayList<>();
  private int unsettledLooks;
  private Optional<CaptureResult> signedOnTheWay = Optional.empty();
  private Optional<Problem> outcome = Optional.empty();

  RollbackServiceTest() {
    target = new StoredReport(new ReportMaker().sign(new StandInTpm()), "<domain/>", true, 0);
  }

  @BeforeEach
  void wire() {
    service.host = new SnapshotHost();
    service.guard = new CaptureGuard();
    service.reports =
        new Reports() {
          @Override
          public StoredReport getVerified(Digest digest) {
            return target;
          }
        };
    service.enrolments =
        new EnrolmentService() {
          @Override
          public KeyEnrolment current() {
            return new KeyEnrolment(evidence(), new byte[0]);
          }
        };
    service.chains = new Chains();
    service.transaction = new Transaction();
    service.left = new Left();
    service.recorder =
        new RollbackRecorder() {
          @Override
          public void started(StoredReport report, RollbackStart start) {
            began.add(start.by());
          }

          @Override
          public void failed(
              StoredReport report, String reason, String detail, Map<String, String> made) {
            steps.add("recorded " + reason);
            named.putAll(made);
          }
        };
    service.operations = new AtOnce();
    service.done =
        new RollbackNews() {
          @Override
          public void rolledBack(UUID vm) {
            steps.add("told");
          }
        };
    service.news =
        new SnapshotNews() {
          @Override
          public void kept(UUID vm) {
            told.add(vm);
          }
        };
  }

  @Test
  void waitsForTheReportOfACaptureThatCameFirst() {
    unsettledLooks = 3;
    service.start(VM, Optional.of(target.digest()), RollbackStart.byPerson("admin"));
    assertEquals(List.of("pending", "pending", "pending", "rolled back", "told"), steps);
  }

  @Test
  void thatItBeginsIsRecordedWithWhoWantedIt() {
    service.start(VM, Optional.of(target.digest()), RollbackStart.byPerson("admin"));
    assertEquals(List.of("admin"), began);
  }

  @Test
  void aFailedRollbackAppendsWhatWasSignedBeforeItIsRecorded() {
    signedOnTheWay =
        Optional.of(
            new CaptureResult(
                new byte[] {7}, "<domain/>", Optional.empty(), Optional.empty(), true));
    service.start(VM, Optional.of(target.digest()), RollbackStart.byPerson("admin"));
    assertEquals(List.of("appended 7", "recorded SNAPSHOT_DAMAGED"), steps);
    assertEquals(Map.of("suspect", target.digest().hex()), named, "what its case is about");
    assertEquals(List.of(VM), told, "the suspect's snapshot was kept");
    assertEquals(Optional.of(Problem.SNAPSHOT_DAMAGED), outcome);
  }

  @Test
  void aTargetThatIsNotWhatWasAppendedIsRefusedAtOnce() {
    service.reports =
        new Reports() {
          @Override
          public StoredReport getVerified(Digest digest) {
            throw new ServiceException(Problem.LEDGER_DAMAGED, "forged");
          }
        };
    assertEquals(
        Problem.LEDGER_DAMAGED,
        assertThrows(
                ServiceException.class,
                () ->
                    service.start(
                        VM, Optional.of(target.digest()), RollbackStart.byPerson("admin")))
            .problem());
    assertEquals(List.of(), steps);
  }

  private static KeyEvidence evidence() {
    try {
      return KeyEvidence.parse(new StandInTpm().encodedEvidence());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private final class Chains extends ReportChains {
    @Override
    public void open(UUID vm) {}

    @Override
    public boolean isSettled(UUID vm) {
      if (unsettledLooks > 0) {
        unsettledLooks--;
        steps.add("pending");
        return false;
      }
      return true;
    }
  }

  private final class Transaction extends RollbackTransaction {
    @Override
    public Map<String, String> rollBack(
        StoredReport report, KeyEnrolment key, ProgressListener progress, MadeReports made) {
      if (signedOnTheWay.isEmpty()) {
        steps.add("rolled back");
        return Map.of();
      }
      RollbackRequest request = new RollbackRequest(VM, new byte[0], 2, Optional.empty());
      HypervisorException e =
          assertThrows(
              RollbackFailedException.class,
              () -> made.rollBack(failing(signedOnTheWay.get()), request, progress));
      throw new ServiceException(Problem.SNAPSHOT_DAMAGED, "a byte differs", e);
    }
  }

  private static HypervisorConnection failing(CaptureResult suspect) {
    return (HypervisorConnection)
        Proxy.newProxyInstance(
            RollbackServiceTest.class.getClassLoader(),
            new Class<?>[] {HypervisorConnection.class},
            (proxy, method, arguments) -> {
              throw new RollbackFailedException(
                  new HypervisorException(Reason.SNAPSHOT_DAMAGED, "a byte differs"),
                  List.of(suspect));
            });
  }

  private final class Left extends RollbackReports {
    @Override
    public List<StoredReport> appendLeft(UUID vm, List<CaptureResult> captures, KeyEnrolment key) {
      captures.forEach(capture -> steps.add("appended " + capture.signedReport()[0]));
      return List.of(target);
    }
  }

  /** Runs work where it is started. */
  private final class AtOnce extends Operations {
    @Override
    public Operation start(UUID id, String kind, Optional<UUID> vm, Work work) {
      try {
        work.run(ProgressListener.NONE);
      } catch (ServiceException e) {
        outcome = Optional.of(e.problem());
      }
      return new Operation(
          id,
          kind,
          vm,
          Operation.State.RUNNING,
          "",
          0,
          Instant.EPOCH,
          JsonValue.EMPTY_JSON_OBJECT,
          Optional.empty());
    }
  }

  /** Its store has the target's snapshot. */
  private final class SnapshotHost extends HostGateway {
    @Override
    public io.vmattest.hypervisor.api.VirtualMachine virtualMachine(UUID id) {
      return new io.vmattest.hypervisor.api.VirtualMachine(
          id, "vm", io.vmattest.hypervisor.api.VirtualMachine.RunState.RUNNING, 1, 1);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T call(Work<T> work) {
      return (T) List.of(target.report().snapshot());
    }
  }
}
