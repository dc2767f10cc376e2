// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFsckTest {
  @TempDir Path folder;
  private final FakeServer server = new FakeServer();

  LedgerFsckTest() throws Exception {}

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aLedgerThatHoldsIsSaidToHold() throws Exception {
    CommandRun run = checked("{\"size\": 7, \"findings\": []}");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("All 7 entries hold"), run.out());
  }

  @Test
  void whatDoesNotHoldIsNamedWithItsPlace() throws Exception {
    CommandRun run =
        checked(
            "{\"size\": 7, \"findings\": [{\"kind\": \"SEAL_WRONG\", \"index\": 3,"
                + " \"detail\": \"its seal is another's\"}]}");
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.out().contains("3  SEAL_WRONG"), run.out());
    assertTrue(run.out().contains("its seal is another's"), run.out());
    assertTrue(run.out().contains("1 findings in 7 entries."), run.out());
  }

  @Test
  void aCheckThatFailedIsNoAnswer() throws Exception {
    server
        .on("POST /ledger/checks", 202, operation("RUNNING", ""))
        .on(
            "GET /operations/op1",
            200,
            operation(
                "FAILED",
                ", \"problem\": {\"reason\": \"HSM_UNAVAILABLE\", \"detail\": \"no token\"}"));
    CommandRun run = run();
    assertEquals(3, run.exitCode(), run.toString());
    assertTrue(run.out().contains("no token"), run.out());
  }

  private CommandRun checked(String result) throws Exception {
    server
        .on("POST /ledger/checks", 202, operation("RUNNING", ""))
        .on("GET /operations/op1", 200, operation("SUCCEEDED", ", \"result\": " + result));
    return run();
  }

  private CommandRun run() throws Exception {
    return CommandRun.of(server.settings(folder), "ledger", "fsck");
  }

  private static String operation(String state, String more) {
    return "{\"id\": \"op1\", \"state\": \"%s\", \"step\": \"\", \"fraction\": 0%s}"
        .formatted(state, more);
  }
}
