// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.testing.ReportMaker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

class RollbackCommandTest {
  private static final String ID = ReportMaker.VM.toString();

  @RegisterExtension final CommandBench bench = new CommandBench();
  private final FakeServer server = bench.server().on("GET /vms", 200, ServerCommandsTest.VMS);

  private static String operation(String state, double fraction) {
    return "{\"id\":\"op1\",\"state\":\"%s\",\"step\":\"restoring\",\"fraction\":%s}"
        .formatted(state, fraction);
  }

  @Test
  void aRollbackIsFollowedToItsEnd() {
    server
        .on("POST /vms/" + ID + "/rollbacks", 202, operation("RUNNING", 0))
        .on("GET /operations/op1", 200, operation("RUNNING", 0.5), operation("SUCCEEDED", 1))
        .on(
            "GET /vms/" + ID + "/attestations?after=2&limit=1",
            200,
            "{\"attestations\":[{\"sequence\":3,\"digest\":\""
                + ServerCommandsTest.DIGEST
                + "\"}]}");
    CommandRun run = bench.run("rollback", "web01", "--report", "3", "--json");
    assertEquals(0, run.exitCode(), run.toString());
    assertEquals("SUCCEEDED", run.json().getString("state"));
    assertTrue(run.err().contains("50% restoring"), run.err());
    assertTrue(
        server.requests.contains(
            "POST /vms/" + ID + "/rollbacks {\"report\":\"" + ServerCommandsTest.DIGEST + "\"}"),
        server.requests.toString());
  }

  @Test
  void saysHowLongEachPartTook() {
    server.on(
        "POST /vms/" + ID + "/rollbacks",
        202,
        operation("SUCCEEDED", 1)
            .replaceFirst(
                "\\{", "{\"result\":{\"parts\":[{\"step\":\"restoring\",\"millis\":812}]},"));
    CommandRun run = bench.run("rollback", "web01");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("     812 ms  restoring"), run.out());
  }

  @Test
  void aDryRunSaysWhatWouldBeInTheWay() {
    server.on(
        "POST /vms/" + ID + "/rollbacks",
        200,
        "{\"outcome\":\"REFUSE\",\"sequence\":3,\"capturedAt\":\"2026-03-01T12:00:00Z\","
            + "\"runState\":\"SHUT_OFF\",\"reaction\":\"ALERT\",\"limits\":[],"
            + "\"obstacles\":[{\"detail\":\"the VM is SHUT_OFF\"}]}");
    CommandRun run = bench.run("rollback", "web01", "--dry-run");
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.out().contains("In the way: the VM is SHUT_OFF"), run.out());
    assertTrue(
        server.requests.contains("POST /vms/" + ID + "/rollbacks {\"dryRun\":true}"),
        server.requests.toString());
  }

  @Test
  void aFailedRollbackSaysWhy() {
    server.on(
        "POST /vms/" + ID + "/rollbacks",
        202,
        "{\"id\":\"op1\",\"state\":\"FAILED\",\"step\":\"x\",\"fraction\":1,"
            + "\"problem\":{\"detail\":\"A page is not the attested one.\"}}");
    CommandRun run = bench.run("rollback", "web01");
    assertEquals(1, run.exitCode());
    assertTrue(run.out().contains("not the attested one"), run.out());
  }

  @Test
  void theOutcomeOfARollbackWhoseServerDiedIsNotKnown() {
    server.on(
        "POST /vms/" + ID + "/rollbacks",
        202,
        "{\"id\":\"op1\",\"state\":\"FAILED\",\"step\":\"x\",\"fraction\":1,"
            + "\"problem\":{\"reason\":\"INTERRUPTED\",\"detail\":\"The server ended.\"}}");
    CommandRun run = bench.run("rollback", "web01");
    assertEquals(3, run.exitCode());
    assertTrue(run.out().contains("outcome is not known"), run.out());
  }

  @Test
  @Timeout(60)
  void aServerThatStallsInAnAnswerDoesNotOutlastTheTimeout() {
    server
        .on("POST /vms/" + ID + "/rollbacks", 202, operation("RUNNING", 0))
        .onStalling("GET /operations/op1");
    CommandRun run = bench.run("rollback", ID, "--timeout", "1");
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("it goes on as /operations/op1"), run.err());
  }

  @Test
  void aReportIsNamedByDigestOrNumber() {
    assertEquals(2, bench.run("rollback", "web01", "--report", "yesterday").exitCode());
    server.on("GET /vms/" + ID + "/attestations?after=6&limit=1", 200, "{\"attestations\":[]}");
    CommandRun none = bench.run("rollback", "web01", "--report", "7");
    assertEquals(3, none.exitCode());
    assertTrue(none.err().contains("no report number 7"), none.err());
  }
}
