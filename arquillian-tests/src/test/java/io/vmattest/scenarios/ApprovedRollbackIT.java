// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An approval by two people is not lost with the server that was to do what they want. */
class ApprovedRollbackIT {
  private static final Duration DEATH = Duration.ofSeconds(60);
  private static final Duration RECOVERY = Duration.ofMinutes(2);
  private static final String[] EAGER_RECOVERY = {
    "RecoveryEnvironmentBean.periodicRecoveryPeriod=2",
    "RecoveryEnvironmentBean.recoveryBackoffPeriod=1",
    "JTAEnvironmentBean.orphanSafetyInterval=2000"
  };

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer server;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Guest guest;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static CrashFaults faults;

  @BeforeAll
  static void prepare() throws IOException {
    server = OwnServer.prepared("approved");
    faults = new CrashFaults(server.state().resolve("faults"));
    guest = Guest.start(Testbed.get(), "approved");
    startServer();
    vm().attestAsBaseline();
    String policy = "{\"intervalSeconds\": 0, \"reaction\": \"APPROVE\"}";
    Vm.expect(200, vm().api().put(vm().path("/policy"), policy));
  }

  @AfterAll
  static void stop() {
    guest.close();
    server.close();
  }

  @Test
  void itRunsThoughTheServerDiesBeforeItBegins() throws IOException {
    assertRunsThoughTheServerDiesAt(Waypoint.APPROVED);
  }

  @Test
  void itRunsThoughTheServerDiesInIt() throws IOException {
    assertRunsThoughTheServerDiesAt(Waypoint.SUSPECT_DESTROYED);
  }

  private static void assertRunsThoughTheServerDiesAt(Waypoint point) throws IOException {
    int resumed = resumed();
    guest.clearSmep();
    assertEquals("DISCREPANT", vm().verify().getString("verdict"));
    String id = proposal("OPEN").getString("id");
    Vm.expect(202, server.api("operator").post(approvals(id), "{}"));
    faults.haltServerAt(point);
    approveWhileItDies(id);
    server.awaitDeath(DEATH);
    startServer();

    Await.until("what was approved", RECOVERY, () -> state(id).equals("DONE"));
    assertEquals("VERIFIED", vm().verify().getString("verdict"));
    guest.awaitAnotherTick();
    assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    assertEquals(resumed + 1, resumed());
    assertEquals(List.of(), faults.left(), "what did not happen");
  }

  /** The answer may come before its end, or never. */
  private static void approveWhileItDies(String id) {
    try {
      Vm.expect(202, vm().api().post(approvals(id), "{}"));
    } catch (IOException e) {
      System.out.println("the server died before it answered: " + e);
    }
  }

  private static String approvals(String id) {
    return "/proposals/" + id + "/approvals";
  }

  private static String state(String id) {
    try {
      return Vm.expect(200, vm().api().get("/proposals/" + id)).getString("state");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonObject proposal(String state) throws IOException {
    return Vm.expect(200, vm().api().get("/proposals"))
        .getJsonArray("proposals")
        .getValuesAs(JsonObject.class)
        .stream()
        .filter(p -> p.getString("state").equals(state))
        .findFirst()
        .orElseThrow();
  }

  private static int resumed() throws IOException {
    return (int)
        LedgerReader.of(LedgerReader.all(server.api("auditor")), "REACTION", guest.id()).stream()
            .filter(e -> e.getString("summary").startsWith("a rollback that was approved: resumed"))
            .count();
  }

  private static void startServer() throws IOException {
    server.startWith(faults.javaOptions(), EAGER_RECOVERY);
  }

  private static Vm vm() {
    return new Vm(server.api("admin"), guest.id());
  }
}
