// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenRollbackCommandsTest {
  private static final String ID = "c".repeat(64);
  private static final String ROLLBACK =
      "{\"id\":\"%s\",\"vm\":\"11111111-2222-3333-4444-555555555555\",\"phase\":\"PREPARED\","
          + "\"since\":\"2026-03-01T12:00:00Z\",\"inDoubt\":%s,\"resolvable\":%s}";

  @TempDir Path folder;
  private FakeServer server;
  private Map<String, String> settings = Map.of();

  @BeforeEach
  void start() throws Exception {
    server = new FakeServer();
    settings = server.settings(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private CommandRun run(String... args) {
    return CommandRun.of(settings, args);
  }

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
    CommandRun run = run("rollback", "list");
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.out().contains("PREPARED"), run.out());
    assertTrue(run.out().contains("resolve"), run.out());
  }

  @Test
  void oneThatGoesOnIsNoAlarm() {
    open(false, false, "");
    assertEquals(0, run("rollback", "list").exitCode());
  }

  @Test
  void aDamagedRecordIs() {
    open(false, false, "{\"file\":\"x.json.damaged\",\"since\":\"2026-03-01T12:00:00Z\"}");
    CommandRun run = run("rollback", "list");
    assertEquals(1, run.exitCode());
    assertTrue(run.out().contains("x.json.damaged"), run.out());
  }

  @Test
  void aResolutionNamesOutcomeAndReason() {
    server.on(
        "POST /rollbacks/" + ID + "/resolution",
        202,
        "{\"id\":\"op1\",\"state\":\"SUCCEEDED\",\"step\":\"done\",\"fraction\":1}");
    CommandRun run = run("rollback", "resolve", ID, "--undo", "--why", "log lost");
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
    CommandRun run = run("rollback");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("Missing required parameter: 'VM'"), run.err());
  }

  @Test
  void aResolutionNeedsOneOutcomeAndAReason() {
    assertEquals(2, run("rollback", "resolve", ID, "--why", "x").exitCode());
    assertEquals(2, run("rollback", "resolve", ID, "--commit", "--undo", "--why", "x").exitCode());
    assertEquals(2, run("rollback", "resolve", ID, "--commit").exitCode());
    assertTrue(server.requests.isEmpty(), server.requests.toString());
  }
}
