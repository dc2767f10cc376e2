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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server of its own, as an operator starts it, killed at the worst moment. */
class ServerKilledIT {
  private static final int HTTPS = 8443;
  private static final int TRIES = 20;
  private static final Duration CAPTURE_BEGINS = Duration.ofSeconds(20);

  private static final Duration RESUME = Duration.ofSeconds(5);
  private static final Duration RECOVERY = Duration.ofSeconds(90);

  private final Testbed shared = Testbed.get();
  private final Path state = shared.state().resolveSibling("killed");
  private String offset = "";

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectories(state);
    shared.script("pki.sh", "create", state.resolve("pki").toString());
    shared.script("tpm.sh", "start", state.resolve("tpm").toString());
    offset = shared.script("server.sh", "offset");
    startServer();
  }

  @AfterEach
  void stop() {
    shared.script("server.sh", "stop", state.toString());
    shared.script("tpm.sh", "stop", state.resolve("tpm").toString());
  }

  @Test
  void serverKilledWhileCapturingLeavesTheGuestRunning() throws IOException {
    try (Guest guest = Guest.start(shared, "killed")) {
      Vm vm = vm(guest);
      vm.attestAsBaseline();
      killWhileCapturing(guest, vm, "{}");
      Await.until("the guest to run", RESUME, () -> guest.state().equals("running"));
      guest.nextTick();

      startServer();
      assertGoodAsBefore(guest);
    }
  }

  @Test
  void serverKilledWhileKeepingASnapshotFindsTheGuestAndLetsItRun() throws IOException {
    try (Guest guest = Guest.start(shared, "killed-snap")) {
      Vm vm = vm(guest);
      vm.attestAsBaseline();
      killWhileCapturing(guest, vm, "{\"snapshot\": true}");

      // Killed while the disks were being frozen, it stands until the server is back.
      startServer();
      Await.until("the guest to run", RECOVERY, () -> guest.state().equals("running"));
      assertGoodAsBefore(guest);
      assertTrue(vm(guest).attest("{\"snapshot\": true}").getBoolean("snapshot"));
    }
  }

  private void assertGoodAsBefore(Guest guest) throws IOException {
    guest.nextTick();
    assertEquals("VERIFIED", vm(guest).verify().getString("verdict"));
    guest.nextTick();
    assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    List<JsonObject> entries = LedgerReader.all(api("auditor"));
    for (int i = 1; i < entries.size(); i++) {
      assertEquals(
          entries.get(i - 1).getString("entryHash"), entries.get(i).getString("previousHash"));
    }
  }

  @Test
  void serverKilledWhileRollingBackLeavesAGuestThatRunsAndCanBeRolledBack() throws IOException {
    try (Guest guest = Guest.start(shared, "killed-back")) {
      Vm vm = vm(guest);
      vm.attestAsBaseline();
      guest.clearSmep();
      killWhileRollingBack(vm);

      startServer();
      // Recovery finishes the branch, in whichever way it was to end.
      Await.until("the guest to run", RECOVERY, () -> guest.state().equals("running"));
      guest.nextTick();
      assertFalse(guest.sawMismatch(), "RAM and disk belong together");
      JsonObject again = vm(guest).rollBack();
      assertEquals("SUCCEEDED", again.getString("state"), again::toString);
      assertEquals("VERIFIED", vm(guest).verify().getString("verdict"));
      guest.nextTick();
      assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    }
  }

  private void killWhileRollingBack(Vm vm) throws IOException {
    long server = Long.parseLong(Files.readString(state.resolve("server.pid")).strip());
    String operation = vm.api().post(vm.path("/rollbacks"), "{}").json().getString("id");
    Await.until("the restore", CAPTURE_BEGINS, () -> restores(vm, operation));
    ProcessHandle.of(server).ifPresent(ProcessHandle::destroyForcibly);
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
  private void killWhileCapturing(Guest guest, Vm vm, String request) throws IOException {
    long server = Long.parseLong(Files.readString(state.resolve("server.pid")).strip());
    for (int i = 0; i < TRIES; i++) {
      CompletableFuture<Integer> attestation =
          CompletableFuture.supplyAsync(() -> status(vm, request)).exceptionally(e -> 0);
      Await.until(
          "a capture or its end",
          CAPTURE_BEGINS,
          () -> attestation.isDone() || isBeingCaptured(guest));
      if (!attestation.isDone()) {
        ProcessHandle.of(server).ifPresent(ProcessHandle::destroyForcibly);
        assertEquals(0, attestation.join(), "the server answered before it was killed");
        return;
      }
    }
    throw new AssertionError("no capture was seen under way in " + TRIES + " tries");
  }

  private static boolean isBeingCaptured(Guest guest) {
    String migration = guest.monitor("info migrate");
    return migration.contains("status: active") || migration.contains("status: pre-switchover");
  }

  private static int status(Vm vm, String request) {
    try {
      return vm.api().post(vm.path("/attestations"), request).status();
    } catch (IOException e) {
      return 0;
    }
  }

  private void startServer() {
    shared.script(
        "server.sh",
        "start",
        state.toString(),
        "jboss.socket.binding.port-offset=" + offset,
        "RecoveryEnvironmentBean.periodicRecoveryPeriod=10",
        "vmattest.libvirt.uri=" + shared.libvirtUri());
  }

  private Vm vm(Guest guest) {
    return new Vm(api("operator"), guest.id());
  }

  private Api api(String role) {
    int port = HTTPS + Integer.parseInt(offset);
    return Api.of(shared.withServer(state, port), port, Optional.of(role));
  }
}
