// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.server.attestation.Attestation;
import io.vmattest.server.attestation.AttestationRequest;
import io.vmattest.server.attestation.AttestationService;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.OperationStore;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import jakarta.json.JsonValue;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MaintenanceTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final StoredReport FRESH =
      new StoredReport(new ReportMaker().sign(new StandInTpm()), "<domain/>", true, 0);

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final List<AttestationRequest> attested = new ArrayList<>();
  private final UUID vm = FRESH.report().vmId();
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private Optional<Operation> last = Optional.empty();
  private boolean captureFails;

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void atItsEndAFreshReportWithItsSnapshotBecomesTheBaseline() {
    begin();
    run((windows, maintenance) -> maintenance.end(vm, "ann"));
    AttestationRequest request = attested.get(0);
    assertEquals(List.of(true, true), List.of(request.keepSnapshot(), request.baseline()));
    assertSteps("BEGUN", "ENDED");
    assertEquals(FRESH.digest().hex(), events.events.get(1).attributes().get("report"));
    assertClosed();
  }

  @Test
  void itEndsByTheClockAndNotBefore() {
    begin();
    now = now.plus(HOUR).minusMillis(1);
    look();
    assertSteps("BEGUN");
    now = now.plusMillis(1);
    look();
    assertSteps("BEGUN", "ENDED");
    assertEquals("the clock", events.events.get(1).attributes().get("by"));
  }

  @Test
  void whereNoBaselineCanBeTakenItStaysOpenForADayAndThatIsSaidOnce() {
    begin();
    captureFails = true;
    now = now.plus(HOUR);
    look();
    look();
    now = now.plus(HOUR);
    look();
    assertEquals(2, attested.size(), "tries");
    assertSteps("BEGUN", "FAILED");
    now = now.plus(Duration.ofHours(23));
    look();
    assertSteps("BEGUN", "FAILED", "ENDED");
    assertClosed();
  }

  @Test
  void thereIsOneForAVmAndItHasBounds() {
    begin();
    assertRefused(Problem.IN_MAINTENANCE, "patches", HOUR);
    assertRefused(Problem.INVALID_REQUEST, " ", HOUR);
    assertRefused(Problem.INVALID_REQUEST, "x".repeat(501), HOUR);
    assertRefused(Problem.INVALID_REQUEST, "patches", Duration.ofSeconds(59));
    assertRefused(Problem.INVALID_REQUEST, "patches", Duration.ofHours(24).plusSeconds(1));
  }

  private void assertRefused(Problem problem, String why, Duration time) {
    assertEquals(
        problem,
        assertThrows(
                ServiceException.class,
                () -> run((windows, maintenance) -> windows.begin(vm, why, time, "ann")))
            .problem());
  }

  private void assertClosed() {
    assertEquals(
        Problem.NOT_IN_MAINTENANCE,
        assertThrows(
                ServiceException.class,
                () -> run((windows, maintenance) -> maintenance.end(vm, "ann")))
            .problem());
  }

  private void assertSteps(String... steps) {
    assertEquals(
        List.of(steps),
        events.events.stream().map(ServerEvent::attributes).map(a -> a.get("step")).toList());
  }

  private void begin() {
    run((windows, maintenance) -> windows.begin(vm, "patches", HOUR, "ann"));
  }

  private void look() {
    run((windows, maintenance) -> maintenance.endDue());
  }

  private void run(BiConsumer<Windows, Maintenance> work) {
    database.run(
        em -> {
          Clock clock = Clock.fixed(now, ZoneOffset.UTC);
          Windows windows = MaintenanceParts.windows(em, events, clock);
          Maintenance maintenance = new Maintenance();
          maintenance.windows = windows;
          maintenance.clock = clock;
          maintenance.attestations = new Attestations();
          maintenance.operations = new AtOnce();
          maintenance.history = new Last();
          work.accept(windows, maintenance);
        });
  }

  private final class Attestations extends AttestationService {
    @Override
    public Attestation attest(AttestationRequest request) {
      attested.add(request);
      if (captureFails) {
        throw new ServiceException(Problem.VM_NOT_ACTIVE, "the VM is SHUT_OFF");
      }
      return new Attestation(FRESH, Optional.empty());
    }
  }

  private final class Last extends OperationStore {
    @Override
    public Optional<Operation> last(String kind, UUID id) {
      return last;
    }
  }

  /** Runs work where it is started. */
  private final class AtOnce extends Operations {
    @Override
    public Operation start(String kind, Optional<UUID> id, Work work) {
      Operation operation =
          new Operation(
              UUID.randomUUID(),
              kind,
              id,
              Operation.State.FAILED,
              "",
              0,
              now.plusMillis(1),
              JsonValue.EMPTY_JSON_OBJECT,
              Optional.empty());
      last = Optional.of(operation);
      try {
        work.run(ProgressListener.NONE);
      } catch (ServiceException e) {
        assertEquals(Problem.VM_NOT_ACTIVE, e.problem());
      }
      return operation;
    }
  }
}
