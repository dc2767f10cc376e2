// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OpenRollbackCommandsTest {
  private static final String ID = "c".repeat(64);
  private static final String ROLLBACK =
      "{\"id\":\"%s\",\"vm\":\"11111111-2222-3333-4444-555555555555\",\"phase\":\"PREPARED\","
          + "\"since\":\"2026-03-01T12:00:00Z\",\"inDoubt\":%s,\"resolvable\":%s}";

  @RegisterExtension final CommandBench bench = new CommandBench();
  private final FakeServer server = bench.server();

  private void open(boolean inDoubt, boolean resolvable, String damaged) {
    server.on(
        "GET /rollbacks",
        200,
        "{\"rollbacks\":[%s],\"damaged\":[%s]}"
            .formatted(ROLLBACK.formatted(ID, inDoubt, resolvable), damaged));
  }

  @Test
  void aRollbackThatAPersonHasToDecideIsListedAsSuch() {
    open(true, true, "");
    CommandRun run = bench.run("rollback", "list");
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.out().contains("PREPARED"), run.out());
    assertTrue(run.out().contains("resolve"), run.out());
  }

  @Test
  void oneThatGoesOnIsNoAlarm() {
    open(false, false, "");
    assertEquals(0, bench.run("rollback", "list").exitCode());
  }

  @Test
  void aDamagedRecordIs() {
    open(false, false, "{\"file\":\"x.json.damaged\",\"since\":\"2026-03-01T12:00:00Z\"}");
    CommandRun run = bench.run("rollback", "list");
    assertEquals(1, run.exitCode());
    assertTrue(run.out().contains("x.json.damaged"), run.out());
  }

  @Test
  void aResolutionNamesOutcomeAndReason() {
    server.on(
        "POST /rollbacks/" + ID + "/resolution",
        202,
        "{\"id\":\"op1\",\"state\":\"SUCCEEDED\",\"step\":\"done\",\"fraction\":1}");
    CommandRun run = bench.run("rollback", "resolve", ID, "--undo", "--why", "log lost");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(
        server.requests.contains(
            "POST /rollbacks/"
                + ID
                + "/resolution {\"outcome\":\"ROLL_BACK\",\"why\":\"log lost\"}"),
        server.requests.toString());
  }

  @Test
  void aRollbackStillNeedsItsVm() {
    CommandRun run = bench.run("rollback");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("Missing required parameter: 'VM'"), run.err());
  }

  @Test
  void aResolutionNeedsOneOutcomeAndAReason() {
    assertEquals(2, bench.run("rollback", "resolve", ID, "--why", "x").exitCode());
    assertEquals(
        2, bench.run("rollback", "resolve", ID, "--commit", "--undo", "--why", "x").exitCode());
    assertEquals(2, bench.run("rollback", "resolve", ID, "--commit").exitCode());
    assertTrue(server.requests.isEmpty(), server.requests.toString());
  }
}
