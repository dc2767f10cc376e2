// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server of its own, as an operator starts it, killed at the worst moment. */
class ServerKilledIT {
  private static final int TRIES = 20;
  private static final Duration CAPTURE_BEGINS = Duration.ofSeconds(20);
  private static final Duration RESUME = Duration.ofSeconds(5);
  private static final Duration RECOVERY = Duration.ofSeconds(120);

  private static final Testbed SHARED = Testbed.get();

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer server;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Guest guest;

  @BeforeAll
  static void prepare() throws IOException {
    server = OwnServer.prepared("killed");
    guest = Guest.start(SHARED, "killed");
  }

  @AfterAll
  static void stop() {
    guest.close();
    server.close();
  }

  @BeforeEach
  void startServer() throws IOException {
    server.start();
  }

  @Test
  void serverKilledWhileCapturingLeavesTheGuestRunning() throws IOException {
    vm().attestAsBaseline();
    killWhileCapturing("{}");
    Await.until("the guest to run", RESUME, () -> guest.state().equals("running"));
    guest.nextTick();

    startServer();
    assertGoodAsBefore();
  }

  @Test
  void serverKilledWhileKeepingASnapshotFindsTheGuestAndLetsItRun() throws IOException {
    vm().attestAsBaseline();
    killWhileCapturing("{\"snapshot\": true}");

    // Killed while the disks were being frozen, it stands until the server is back.
    startServer();
    Await.until("the guest to run", RECOVERY, () -> guest.state().equals("running"));
    assertGoodAsBefore();
    assertEquals(List.of(), halfWritten());
    assertTrue(vm().attest("{\"snapshot\": true}").getBoolean("snapshot"));
  }

  @Test
  void serverKilledWhileRollingBackLeavesAGuestThatRunsAndCanBeRolledBack() throws IOException {
    vm().attestAsBaseline();
    guest.clearSmep();
    killWhileRollingBack();

    startServer();
    // Recovery finishes the branch, in whichever way it was to end.
    Await.until("the guest to run", RECOVERY, () -> guest.state().equals("running"));
    guest.nextTick();
    assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    JsonObject again = vm().rollBack();
    assertEquals("SUCCEEDED", again.getString("state"), again::toString);
    assertGoodAsBefore();
  }

  /** The ledger is still one chain, and holds no report that did not come to its end. */
  private static void assertGoodAsBefore() throws IOException {
    guest.nextTick();
    JsonObject verification = vm().verify();
    assertEquals("VERIFIED", verification.getString("verdict"), verification::toString);
    guest.nextTick();
    assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    // What is in the ledger is there as a report too, one for one and without a gap.
    List<JsonObject> entries = LedgerReader.all(server.api("auditor"));
    List<JsonObject> reports = Vm.reports(vm());
    assertEquals(LedgerReader.reportsOf(entries, guest.id()).size(), reports.size());
    for (int i = 0; i < reports.size(); i++) {
      assertEquals(i + 1, reports.get(i).getInt("sequence"), reports::toString);
    }
  }

  private static void killWhileRollingBack() throws IOException {
    Vm vm = vm();
    String operation = vm.api().post(vm.path("/rollbacks"), "{}").json().getString("id");
    Await.until("the restore", CAPTURE_BEGINS, () -> restores(vm, operation));
    server.kill();
  }

  private static boolean restores(Vm vm, String operation) {
    try {
      JsonObject state = Vm.expect(200, vm.api().get("/operations/" + operation));
      assertEquals("RUNNING", state.getString("state"), "it ended before the server was killed");
      return state.getJsonNumber("fraction").doubleValue() >= 0.5;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Asks for captures until one is seen under way, and kills the server then. */
  private static void killWhileCapturing(String request) throws IOException {
    Vm vm = vm();
    try (MigrationTap tap = MigrationTap.open(SHARED, guest.name())) {
      for (int i = 0; i < TRIES; i++) {
        CompletableFuture<Void> begins = tap.next();
        CompletableFuture<Integer> answer =
            CompletableFuture.supplyAsync(() -> status(vm, request)).exceptionally(e -> 0);
        CompletableFuture.anyOf(begins, answer)
            .orTimeout(CAPTURE_BEGINS.toSeconds(), TimeUnit.SECONDS)
            .join();
        if (!answer.isDone()) {
          server.kill();
          if (answer.join() == 0) {
            return;
          }
          // It answered in its last moment: that was no capture under way.
          server.start();
        }
      }
    }
    throw new AssertionError("no capture was seen under way in " + TRIES + " tries");
  }

  private static int status(Vm vm, String request) {
    try {
      return vm.api().post(vm.path("/attestations"), request).status();
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<Path> halfWritten() throws IOException {
    try (Stream<Path> files = Files.walk(server.state().resolve("snapshots"))) {
      return files.filter(file -> file.getFileName().toString().startsWith(".unfinished")).toList();
    }
  }

  private static Vm vm() {
    return new Vm(server.api("admin"), guest.id());
  }
}
