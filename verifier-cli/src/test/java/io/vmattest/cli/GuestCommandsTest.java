// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.testing.ReportMaker;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class GuestCommandsTest {
  private static final String VM = "/vms/" + ReportMaker.VM;
  private static final String A = "ab".repeat(32);
  private static final String B = "cd".repeat(32);
  private static final String STATE =
      "{\"digest\": \"%s\", \"sequence\": 4, \"capturedAt\": \"noon\", \"mode\": \"live\"}"
          .formatted(A);
  private static final String TASKS =
      """
      {"pid": 1, "parent": 0, "name": "init", "kernelThread": false, "executable": {"path": "/bin/busybox"},
       "uids": [0, 0, 0, 0]},
      {"pid": 119, "parent": 1, "name": "wuser", "kernelThread": false, "executable": {"path": "/bin/wuser"},
       "uids": [1000, 0, 0, 0]},
      {"pid": 2, "parent": 0, "name": "kthreadd", "kernelThread": true, "uids": [0, 0, 0, 0]}
      """;
  private static final String PATCHED =
      """
      {"kind": "TEXT_PATCHED", "severity": "CRITICAL", "subject": "__x64_sys_kill+0x5",
       "expected": "55", "found": "cc", "address": "0xffffffff81000005"}
      """;

  @TempDir Path folder;
  @RegisterExtension final CommandBench bench = new CommandBench();
  private final FakeServer server = bench.server().on("GET /vms", 200, ServerCommandsTest.VMS);

  private void guest(String guest) {
    server.on(
        "GET /attestations/" + A + "/guest",
        200,
        "{\"report\": %s, \"digest\": \"x\", \"guest\": %s}".formatted(STATE, guest));
  }

  private static String seen(String findings) {
    return ("{\"kernel\": {\"release\": \"6.1.0\", \"buildId\": \"abcd\", \"reference\": \"\"},"
            + " \"tasks\": [%s], \"modules\": [{\"name\": \"dummy\", \"size\": 16384}],"
            + " \"sockets\": [{\"protocol\": \"tcp\", \"local\": \"0.0.0.0:22\", \"remote\": \"\","
            + " \"state\": \"LISTEN\", \"pids\": [1]}],"
            + " \"mounts\": [{\"point\": \"/dev\", \"type\": \"devtmpfs\", \"source\": \"dev\"}],"
            + " \"findings\": [%s]}")
        .formatted(TASKS, findings);
  }

  @Test
  void whatIsInsideIsShownAfterAnAttestation() {
    server.on("POST " + VM + "/attestations", 201, "{\"digest\": \"%s\"}".formatted(A));
    guest(seen(""));
    CommandRun run = bench.run("inspect", "web01");
    assertEquals(0, run.exitCode(), run.toString());
    for (String part : new String[] {"6.1.0", "wuser", "1000/0", "dummy", "0.0.0.0:22", "/dev"}) {
      assertTrue(run.out().contains(part), part + " in " + run.out());
    }
    assertFalse(run.out().contains("kthreadd"), run.out());
    assertTrue(bench.run("inspect", "web01", "--all").out().contains("kthreadd"));
    assertEquals(
        119,
        bench
            .run("inspect", "web01", "--json")
            .json()
            .getJsonObject("guest")
            .getJsonArray("tasks")
            .getJsonObject(1)
            .getInt("pid"));
  }

  @Test
  void aCriticalFindingIsShownAndSaidByTheExitCode() {
    guest(seen(PATCHED));
    CommandRun run = bench.run("inspect", "web01", "--report", A);
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.out().contains("__x64_sys_kill+0x5"), run.out());
  }

  @Test
  void aGuestThatCannotBeReadIsNoGuestInOrder() {
    guest("{\"reason\": \"NO_KERNEL\", \"detail\": \"no VMCOREINFO\"}");
    CommandRun run = bench.run("inspect", "web01", "--report", A);
    assertEquals(3, run.exitCode(), run.toString());
    assertTrue(run.out().contains("NO_KERNEL"), run.out());
  }

  @Test
  void whatTwoReportsDifferInIsShown() {
    String discrepancy =
        "{\"component\": \"processes\", \"severity\": \"CRITICAL\", \"subject\": \"task 119 wuser\","
            + " \"expected\": \"uid 1000\", \"actual\": \"uid 0\","
            + " \"explanation\": \"uid 1000 -> 0.\"}";
    differences(discrepancy);
    CommandRun run = bench.run("diff", A, B);
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.out().contains("processes, task 119 wuser: uid 1000 -> 0."), run.out());
  }

  @Test
  void reportsThatDifferInNothingAreEqual() {
    differences("");
    assertEquals(0, bench.run("diff", A, B).exitCode());
  }

  @Test
  void aReportsNumberNeedsItsMachine() {
    assertEquals(2, bench.run("diff", "3", "4").exitCode());
    server.on(
        "GET " + VM + "/attestations?after=3&limit=1",
        200,
        "{\"attestations\": [{\"sequence\": 4, \"digest\": \"%s\"}]}".formatted(A));
    differences("");
    assertEquals(0, bench.run("diff", "4", B, "--vm", "web01").exitCode());
  }

  @Test
  void aKernelPackageIsSentAndWhatItMakesIsShown() throws Exception {
    String kernel =
        "{\"release\": \"6.1.0\", \"buildId\": \"abcd\", \"text\": \"%s\", \"rodata\": \"%s\"}"
            .formatted(A, B);
    server
        .on("POST /kernels", 200, kernel)
        .on("GET /kernels", 200, "{\"kernels\": [%s]}".formatted(kernel));
    Path deb = Files.write(folder.resolve("linux-image.deb"), new byte[] {1, 2, 3});
    CommandRun run = bench.run("kernel", "import", deb.toString());
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("6.1.0, build abcd"), run.out());
    assertTrue(bench.run("kernel", "list").out().contains(B));
    assertEquals(2, bench.run("kernel", "import", folder.resolve("absent").toString()).exitCode());
  }

  private void differences(String discrepancies) {
    server.on(
        "GET /attestations/" + A + "/differences/" + B,
        200,
        "{\"first\": %s, \"second\": %s, \"discrepancies\": [%s]}"
            .formatted(STATE, STATE, discrepancies));
  }
}
