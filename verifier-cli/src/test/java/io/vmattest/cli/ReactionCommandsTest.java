// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.testing.ReportMaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is done about discrepancies. */
class ReactionCommandsTest {
  private static final String ID = ReportMaker.VM.toString();

  @RegisterExtension final CommandBench bench = new CommandBench();
  private final FakeServer server = bench.server().on("GET /vms", 200, ServerCommandsTest.VMS);

  private void asked(String request) {
    assertTrue(server.requests.contains(request), server.requests.toString());
  }

  @Test
  void aReactionIsSetAndTheRestOfThePolicyStays() {
    server
        .on("GET /vms/" + ID + "/policy", 200, "{\"intervalSeconds\":5,\"reaction\":\"ALERT\"}")
        .on("PUT /vms/" + ID + "/policy", 200, "{\"reaction\":\"ROLL_BACK\"}");
    CommandRun run =
        bench.run("policy", "web01", "--reaction", "ROLL_BACK", "--most-rollbacks", "5");
    assertEquals(0, run.exitCode(), run.toString());
    asked(
        "PUT /vms/"
            + ID
            + "/policy {\"intervalSeconds\":5,\"reaction\":\"ROLL_BACK\",\"mostRollbacks\":5}");
  }

  @Test
  void aQuarantineIsShownAndLifted() {
    server
        .on(
            "GET /vms/" + ID + "/quarantine",
            200,
            "{\"kind\":\"LINKS\",\"since\":\"2026-03-01T12:00:00Z\",\"ran\":false,"
                + "\"links\":[\"52:54:00:00:00:01\"]}")
        .on("DELETE /vms/" + ID + "/quarantine", 204, "");
    CommandRun shown = bench.run("quarantine", "show", "web01");
    assertTrue(shown.out().contains("Link down: 52:54:00:00:00:01"), shown.toString());
    CommandRun lifted = bench.run("quarantine", "lift", "web01");
    assertEquals(0, lifted.exitCode(), lifted.toString());
    asked("DELETE /vms/" + ID + "/quarantine");
  }

  private static String proposal(String state) {
    return "{\"id\":\"p1\",\"state\":\"%s\",\"vm\":\"%s\",\"report\":\"%s\",\"why\":\"proposed\",\"first\":{\"name\":\"ann\"}}"
        .formatted(state, ID, ServerCommandsTest.DIGEST);
  }

  @Test
  void aRollbackThatIsOnlyProposedIsNotDone() {
    server.on("POST /vms/" + ID + "/rollbacks", 202, "{\"proposal\":" + proposal("OPEN") + "}");
    CommandRun run = bench.run("rollback", "web01");
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.out().contains("another person has to approve proposal p1"), run.out());
  }

  @Test
  void proposalsAreListedConfirmedApprovedAndRejected() {
    server
        .on("GET /proposals", 200, "{\"proposals\":[" + proposal("OPEN") + "]}")
        .on(
            "POST /proposals/p1/approvals",
            202,
            "{\"proposal\":" + proposal("OPEN") + "}",
            "{\"id\":\"op1\"}")
        .on("POST /proposals/p1/rejections", 200, proposal("REJECTED"));
    assertTrue(bench.run("proposals", "list").out().contains("first: ann"));
    assertTrue(bench.run("proposals", "approve", "p1").out().contains("another person"));
    assertTrue(bench.run("proposals", "approve", "p1").out().contains("operation op1"));
    assertTrue(bench.run("proposals", "reject", "p1").out().contains("REJECTED"));
  }

  @Test
  void aWindowOfMaintenanceIsBegunAndEnded() {
    server
        .on("POST /vms/" + ID + "/maintenance", 200, "{\"until\":\"2026-03-01T14:00:00Z\"}")
        .on("DELETE /vms/" + ID + "/maintenance", 202, "{}");
    CommandRun begun =
        bench.run("maintenance", "begin", "web01", "--why", "patches", "--for", "2h");
    assertEquals(0, begun.exitCode(), begun.toString());
    asked("POST /vms/" + ID + "/maintenance {\"why\":\"patches\",\"for\":\"PT2H\"}");
    assertEquals(0, bench.run("maintenance", "end", "web01").exitCode());
    assertEquals(
        2, bench.run("maintenance", "begin", "web01", "--why", "x", "--for", "soon").exitCode());
  }
}
