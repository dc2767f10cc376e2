// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever dies wherever in a rollback, it ends in one of two ways: rolled back, with entry and
 * event, or as it was, with neither; and the guest runs.
 */
class CrashMatrixIT {
  private static final Duration DEATH = Duration.ofSeconds(60);
  private static final Duration RECOVERY = Duration.ofMinutes(2);
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Often, and without the pauses that a full-grown site has use for. */
  private static final String[] EAGER_RECOVERY = {
    "RecoveryEnvironmentBean.periodicRecoveryPeriod=2",
    "RecoveryEnvironmentBean.recoveryBackoffPeriod=1",
    "JTAEnvironmentBean.orphanSafetyInterval=2000"
  };

  private static final Testbed SHARED = Testbed.get();

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer server;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Guest guest;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static CrashFaults faults;

  private static final List<String> EVENTS = new ArrayList<>();

  @BeforeAll
  static void prepare() throws IOException {
    server = OwnServer.prepared("crashed");
    faults = new CrashFaults(server.state().resolve("faults"));
    guest = Guest.start(SHARED, "crashed");
    startServer();
    server.keepEvents();
    vm().attestAsBaseline();
    guest.clearSmep();
  }

  @AfterAll
  static void stop() {
    guest.close();
    server.close();
  }

  /** All on H2; on PostgreSQL those whose end is its own, too. */
  static Stream<CrashCase> cases() {
    boolean embedded = SHARED.database().equals("h2");
    return CrashCase.all().filter(crash -> embedded || crash.isDatabasesToo());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void endsRolledBackWithEntryAndEventOrAsItWasWithNeither(CrashCase crash) throws IOException {
    int entries = entries();
    long events = events();
    if (crash.refused()) {
      faults.refuseEntry();
    }
    arm(crash);
    String operation =
        Vm.expect(202, vm().api().post(vm().path("/rollbacks"), "{}")).getString("id");
    revive(crash);

    Await.until("the operation's end", RECOVERY, () -> isOver(operation));
    Await.until("the branch's end", RECOVERY, () -> branches().isEmpty());
    Await.until("the guest to run", RECOVERY, () -> guest.state().equals("running"));
    guest.awaitAnotherTick();
    assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    String verdict = Await.value("a verdict", RECOVERY, CrashMatrixIT::verdict);
    boolean rolledBack = verdict.equals("VERIFIED");
    assertEquals(crash.rolledBack(), rolledBack, verdict);
    assertEquals(entries + (rolledBack ? 1 : 0), entries(), "entries");
    Await.until("the event", SOON, () -> events() >= events + (rolledBack ? 1 : 0));
    assertEquals(events + (rolledBack ? 1 : 0), events(), "events");
    assertEquals(List.of(), faults.left(), "what did not happen");
    if (rolledBack) {
      guest.clearSmep();
    }
  }

  private static void arm(CrashCase crash) throws IOException {
    switch (crash.victim()) {
      case SERVER -> faults.haltServerAt(crash.point());
      case LIBVIRTD -> faults.killAt(crash.point(), SHARED.libvirtdPidFile());
      case QEMU -> faults.killAt(crash.point(), guest.pidFile());
    }
  }

  private static void revive(CrashCase crash) throws IOException {
    switch (crash.victim()) {
      case SERVER -> {
        server.awaitDeath(DEATH);
        startServer();
      }
      case LIBVIRTD -> {
        faults.awaitKilled();
        SHARED.startLibvirtd();
      }
      case QEMU -> faults.awaitKilled();
    }
  }

  private static void startServer() throws IOException {
    server.startWith(faults.javaOptions(), EAGER_RECOVERY);
  }

  /** A server that was started afresh need not know it. */
  private static boolean isOver(String operation) {
    try {
      Api.Answer answer = vm().api().get("/operations/" + operation);
      return answer.status() == 404 || !Vm.expect(200, answer).getString("state").equals("RUNNING");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is finished behind the transaction has the VM for itself. */
  private static Optional<String> verdict() {
    try {
      Api.Answer answer = vm().api().post(vm().path("/verifications"), "{}");
      return answer.status() == 409
          ? Optional.empty()
          : Optional.of(Vm.expect(201, answer).getString("verdict"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> branches() {
    try (Stream<Path> files = Files.list(server.state().resolve("rollback"))) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int entries() throws IOException {
    return (int)
        LedgerReader.of(LedgerReader.all(server.api("auditor")), "ROLLBACK", guest.id()).stream()
            .filter(entry -> entry.getString("summary").startsWith("rolled back"))
            .count();
  }

  private static long events() {
    EVENTS.addAll(server.keptEvents());
    return EVENTS.stream().filter(event -> event.contains("\"type\":\"ROLLBACK\"")).count();
  }

  private static Vm vm() {
    return new Vm(server.api("admin"), guest.id());
  }
}
