// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.cli.output.Bytes;
import io.vmattest.core.testing.ReportMaker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotCommandsTest {
  private static final String VM = "/vms/" + ReportMaker.VM;
  private static final String A = "ab".repeat(32);
  private static final String B = "cd".repeat(32);

  private static final String LIST =
      ("{\"bytes\": 3670016, \"snapshots\": [{\"digest\": \"%s\", \"at\": \"2026-03-01T12:00:00Z\","
              + " \"baseline\": true, \"disks\": [\"vda\"], \"pinnedBy\": [\"BASELINE\"],"
              + " \"sequence\": 4, \"mode\": \"live\"},"
              + " {\"digest\": \"%s\", \"at\": \"2026-03-02T12:00:00Z\","
              + " \"baseline\": false, \"disks\": [], \"pinnedBy\": []}]}")
          .formatted(A, B);

  private static final String CLONE =
      ("{\"id\": \"22222222-2222-4222-8222-222222222222\", \"name\": \"web01-debug-22222222\","
              + " \"snapshot\": \"%s\", \"gdb\": \"127.0.0.1:40123\","
              + " \"until\": \"2026-03-02T13:00:00Z\"}")
          .formatted(B);

  @TempDir Path cores;
  @RegisterExtension final CommandBench bench = new CommandBench();
  private final FakeServer server =
      bench
          .server()
          .on("GET /vms", 200, ServerCommandsTest.VMS)
          .on("GET " + VM + "/snapshots", 200, LIST);

  @Test
  void theListNamesWhatKeepsEachAndHowMuchAllTake() {
    CommandRun run = bench.run("snapshots", "list", "web01");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("BASELINE"), run.out());
    assertTrue(run.out().contains("2 snapshots take 3.5 MiB."), run.out());
  }

  @Test
  void aSnapshotIsDroppedByTheBeginningOfItsDigest() {
    server.on("DELETE " + VM + "/snapshots/" + B, 204, "");
    CommandRun run = bench.run("snapshots", "drop", "web01", "CDCDCD");
    assertEquals(0, run.exitCode(), run.toString());
    assertEquals(3, bench.run("snapshots", "drop", "web01", "123456").exitCode());
    assertEquals(2, bench.run("snapshots", "drop", "web01", "abc").exitCode());
  }

  @Test
  void whyASnapshotIsKeptIsSaid() {
    server.on(
        "DELETE " + VM + "/snapshots/" + A,
        409,
        "{\"title\": \"Snapshot pinned\", \"detail\": \"it is the baseline's\"}");
    CommandRun run = bench.run("snapshots", "drop", "web01", A);
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("409") || run.err().contains("baseline"), run.err());
  }

  @Test
  void aDifferenceIsShownWithItsAddressAndSaidByTheExitCode() {
    String state =
        "{\"snapshot\": \"x\", \"report\": \"y\", \"sequence\": 1, \"capturedAt\": \"z\"}";
    String answer =
        "{\"first\": %s, \"second\": %s, \"differingPages\": %d, \"truncated\": %b, \"runs\": [%s],"
            + " \"discrepancies\": []}";
    String run =
        "{\"block\": \"pc.ram\", \"offset\": 16777216, \"pages\": 2,"
            + " \"guestPhysicalAddress\": 16777216}";
    server
        .on(
            "GET " + VM + "/snapshots/" + A + "/differences/" + B + "?limit=1",
            200,
            answer.formatted(state, state, 7, true, run))
        .on(
            "POST " + VM + "/snapshots/" + A + "/differences/current?limit=100",
            201,
            answer.formatted(state, state, 0, false, ""));
    CommandRun differing = bench.run("snapshots", "diff", "web01", A, B, "--limit", "1");
    assertEquals(1, differing.exitCode(), differing.toString());
    assertTrue(differing.out().contains("0x1000000"), differing.out());
    assertTrue(differing.out().contains("7 pages differ; only the first 1 runs"), differing.out());
    CommandRun same = bench.run("snapshots", "diff", "web01", "ababab", "current");
    assertEquals(0, same.exitCode(), same.toString());
  }

  @ParameterizedTest
  @CsvSource({"0,0,0", "2,0,1", "2,1,1", "0,1,3"})
  void aCheckSaysByItsExitCodeWhetherSnapshotsAreGood(int damaged, int failed, int exitCode) {
    String result =
        ("{\"damaged\": %d, \"skipped\": 1, \"failed\": %d, \"vms\": [{\"vm\": \"v\","
                + " \"state\": \"CHECKED\", \"snapshots\": 3, \"damaged\": %d, \"damage\":"
                + " [{\"snapshot\": \"s\", \"detail\": \"pc.ram+0x1000\"}], \"unneededBytes\": 0,"
                + " \"unfinished\": 0, \"reclaimedBytes\": 1024}]}")
            .formatted(damaged, failed, damaged);
    server
        .on(
            "POST /store/checks",
            202,
            "{\"id\": \"op1\", \"state\": \"RUNNING\", \"step\": \"\", \"fraction\": 0}")
        .on(
            "GET /operations/op1",
            200,
            "{\"id\": \"op1\", \"state\": \"SUCCEEDED\", \"step\": \"done\", \"fraction\": 1,"
                + " \"result\": "
                + result
                + "}");
    CommandRun run = bench.run("store", "fsck", "--repair");
    assertEquals(exitCode, run.exitCode(), run.toString());
    assertTrue(run.out().contains("pc.ram+0x1000"), run.out());
    assertTrue(run.out().contains("1 VMs skipped"), run.out());
    assertTrue(server.requests.contains("POST /store/checks {\"repair\":true}"));
  }

  @Test
  void aPolicysOtherFieldsStayWhereItsRetentionIsChanged() {
    String policy = "{\"live\":[\"config\"],\"maxSomething\":7,\"keepFor\":\"PT1H\"}";
    server.on("GET " + VM + "/policy", 200, policy).on("PUT " + VM + "/policy", 200, "{}");
    CommandRun run =
        bench.run(
            "policy", "web01", "--keep-snapshots", "5", "--keep-for", "none", "--keep-bytes", "2G");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(
        server.requests.contains(
            "PUT "
                + VM
                + "/policy {\"live\":[\"config\"],\"maxSomething\":7,\"keepSnapshots\":5,"
                + "\"keepBytes\":2147483648}"),
        server.requests.toString());
    assertEquals(2, bench.run("policy", "web01", "--keep-for", "a month").exitCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1.5G", "G", "9999999999999T", "1 G"})
  void whatIsNoSizeIsNone(String text) {
    assertEquals(Optional.empty(), Bytes.parse(text));
  }

  private List<String> files() throws Exception {
    try (Stream<Path> all = Files.list(cores)) {
      return all.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void aCoreIsWrittenForItsOwnerAlone() throws Exception {
    byte[] bytes = ("\177ELF" + "x".repeat(100_000)).getBytes(StandardCharsets.ISO_8859_1);
    server.onBytes("POST " + VM + "/snapshots/" + A + "/cores", "application/octet-stream", bytes);
    Path file = cores.resolve("a.core");
    CommandRun run = bench.run("snapshots", "core", "web01", A, "--output", file.toString());
    assertEquals(0, run.exitCode(), run.toString());
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(List.of("a.core"), files());
    assertEquals(2, bench.run("snapshots", "core", "web01", A, "-o", file.toString()).exitCode());
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void aDamagedSnapshotIsSaidAndLeavesNoFile() throws Exception {
    server.on(
        "POST " + VM + "/snapshots/" + A + "/cores",
        422,
        "{\"title\": \"Snapshot damaged\", \"detail\": \"page 0x7000 is not the attested one\"}");
    CommandRun run =
        bench.run("snapshots", "core", "web01", A, "-o", cores.resolve("a.core").toString());
    assertEquals(3, run.exitCode(), run.toString());
    assertTrue(run.err().contains("0x7000"), run.err());
    assertEquals(List.of(), files());
  }

  @Test
  void whatIsNoCoreLeavesNoFile() throws Exception {
    server.onBytes(
        "POST " + VM + "/snapshots/" + A + "/cores", "application/octet-stream", new byte[] {1});
    CommandRun run =
        bench.run("snapshots", "core", "web01", A, "-o", cores.resolve("a.core").toString());
    assertEquals(3, run.exitCode(), run.toString());
    assertEquals(List.of(), files());
  }

  @Test
  void aCoreThatBreaksOffLeavesNoFile() throws Exception {
    byte[] bytes = ("\177ELF" + "x".repeat(100_000)).getBytes(StandardCharsets.ISO_8859_1);
    server.onBroken("POST " + VM + "/snapshots/" + A + "/cores", bytes);
    CommandRun run =
        bench.run("snapshots", "core", "web01", A, "-o", cores.resolve("a.core").toString());
    assertEquals(3, run.exitCode(), run.toString());
    assertEquals(List.of(), files());
  }

  @Test
  void aCloneIsStartedAndItIsSaidWhereGdbFindsIt() {
    String path = VM + "/snapshots/" + B + "/debug-clones";
    server.on("POST " + path, 201, CLONE);
    CommandRun run =
        bench.run(
            "snapshots", "debug", "start", "web01", "cdcdcd", "--minutes", "5", "--why", "look");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("target remote 127.0.0.1:40123"), run.out());
    assertTrue(run.out().contains("2026-03-02T13:00:00Z"), run.out());
    assertEquals(
        2, bench.run("snapshots", "debug", "start", "web01", B, "--minutes", "x").exitCode());
  }

  @Test
  void theClonesOfAVmAreListedAndStoppedByTheirSnapshot() {
    String path = VM + "/snapshots/" + B + "/debug-clones";
    String one = "{\"clones\": [" + CLONE + "]}";
    String list = LIST.replace("\"pinnedBy\": []", "\"pinnedBy\": [\"DEBUG_CLONE\"]");
    server
        .on("GET " + VM + "/snapshots", 200, list)
        .on("GET " + path, 200, one, one, "{\"clones\": []}")
        .on("DELETE " + path + "/22222222-2222-4222-8222-222222222222", 204, "");
    CommandRun none = bench.run("snapshots", "debug", "list", "web01");
    assertEquals("", none.out(), "no snapshot is pinned by a clone");
    CommandRun listed = bench.run("snapshots", "debug", "list", "web01");
    assertEquals(0, listed.exitCode(), listed.toString());
    assertTrue(listed.out().contains("web01-debug-22222222"), listed.out());
    CommandRun stopped = bench.run("snapshots", "debug", "stop", "web01", "cdcdcd");
    assertEquals(0, stopped.exitCode(), stopped.toString());
    assertTrue(stopped.out().contains("Stopped web01-debug-22222222."), stopped.out());
    assertEquals(3, bench.run("snapshots", "debug", "stop", "web01", "cdcdcd").exitCode());
  }
}
