// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData.Type;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.EntryBundle;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An exported ledger is checked by its own bytes: whatever is done to it is found and named. */
class ExportedLedgerTest {
  private static final int SIZE = 600;

  @TempDir Path work;
  private final FakeServer server = new FakeServer();
  private final MadeLog log = new MadeLog();
  private Map<String, String> settings = Map.of();
  private Path folder = Path.of("");
  private Path key = Path.of("");

  ExportedLedgerTest() throws Exception {}

  @BeforeEach
  void exported() throws Exception {
    log.grownTo(1).grownTo(256).grownTo(300).grownTo(SIZE).serve(server);
    settings = server.settings(work);
    folder = work.resolve("log");
    key = log.keyFile(work);
    assertEquals(0, export().exitCode());
    server.requests.clear();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private CommandRun export() {
    return CommandRun.of(
        settings, "ledger", "export", folder.toString(), "--log-key", key.toString(), "--json");
  }

  private CommandRun fsck(String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("ledger", "fsck", folder.toString(), "--log-key", key.toString(), "--json"));
    args.addAll(List.of(more));
    // Without a server: nothing of it is set.
    return CommandRun.of(Map.of("HOME", work.toString()), args.toArray(String[]::new));
  }

  private static List<JsonObject> findings(CommandRun run) {
    return run.json().getJsonArray("findings").getValuesAs(JsonObject.class);
  }

  /** The only ones that are found, kind, index and file of each. */
  private void assertFound(String... expected) {
    CommandRun run = fsck();
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals(
        List.of(expected),
        findings(run).stream()
            .map(f -> f.getString("kind") + " " + f.get("index") + " " + f.getString("file"))
            .toList(),
        run.toString());
  }

  private void assertWhole(CommandRun run) {
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.json().getBoolean("holds"));
    assertEquals(List.of(), findings(run));
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private void flip(String name, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file(name));
    bytes[at] ^= 1;
    Files.write(file(name), bytes);
  }

  private void cut(String name, int left) throws IOException {
    byte[] bytes = Files.readAllBytes(file(name));
    Files.write(file(name), java.util.Arrays.copyOf(bytes, left));
  }

  private static byte[] bundle(List<byte[]> entries) {
    return EntryBundle.of(entries).bytes();
  }

  private List<byte[]> entries(String name, int width) throws Exception {
    return new ArrayList<>(EntryBundle.parse(Files.readAllBytes(file(name)), width).entries());
  }

  private long fetched(String what) {
    return server.requests.stream().filter(request -> request.contains(what)).count();
  }

  @Test
  void theFolderIsThatOfATiledLogAndHolds() throws Exception {
    assertArrayEquals(log.notes.get((long) SIZE), Files.readAllBytes(file("checkpoint")));
    assertArrayEquals(log.notes.get(256L), Files.readAllBytes(file("checkpoints/256")));
    assertEquals(256 * 32, Files.size(file("tile/0/001")));
    assertEquals(88 * 32, Files.size(file("tile/0/002.p/88")));
    assertEquals(2 * 32, Files.size(file("tile/1/000.p/2")));
    assertEquals(88, entries("tile/entries/002.p/88", 88).size());
    assertArrayEquals(log.bodies.get(599), Files.readAllBytes(file("body/599")));
    CommandRun run = fsck();
    assertWhole(run);
    assertEquals(SIZE, run.json().getInt("size"));
    assertEquals(15, run.json().getJsonObject("reports").getInt("signed"));
    assertEquals(0, run.json().getJsonObject("reports").getInt("endorsed"));
    assertEquals(0, run.json().getInt("unread"));
  }

  @Test
  void reportsAreTracedToARootThatIsGiven() throws Exception {
    Path root = PemFiles.certificate(work.resolve("root.pem"), log.tpm.root.certificate());
    CommandRun run = fsck("--endorsement-root", root.toString());
    assertWhole(run);
    assertEquals(15, run.json().getJsonObject("reports").getInt("endorsed"));
    Path other =
        PemFiles.certificate(
            work.resolve("other.pem"),
            io.vmattest.core.testing.TestCertificates.authority("Other").certificate());
    CommandRun foreign = fsck("--endorsement-root", other.toString());
    assertEquals(1, foreign.exitCode());
    assertEquals("REPORT_NOT_VERIFIED", findings(foreign).get(0).getString("kind"));
    assertEquals(15, findings(foreign).size());
  }

  @Test
  void anExportGoesOnAndFetchesOnlyWhatIsNotThere() throws Exception {
    log.grownTo(700);
    JsonObject fetched = export().json().getJsonObject("fetched");
    assertEquals(1, fetched.getInt("bundles"));
    assertEquals(100, fetched.getInt("bodies"));
    assertEquals(1, fetched.getInt("checkpoints"));
    assertEquals(0, fetched("tile/entries/000") + fetched("tile/entries/001"));
    assertFalse(Files.exists(file("tile/entries/002.p/88")));
    assertFalse(Files.exists(file("tile/0/002.p/88")));
    assertWhole(fsck());
  }

  @Test
  void anExportFetchesAgainWhatIsNotWhole() throws Exception {
    flip("tile/entries/001", 5000);
    cut("body/042", 1);
    Files.delete(file("body/043"));
    JsonObject fetched = export().json().getJsonObject("fetched");
    assertEquals(1, fetched.getInt("bundles"));
    assertEquals(2, fetched.getInt("bodies"));
    assertWhole(fsck());
  }

  @Test
  void anExportThatWasBrokenOffHoldsUpToItsCheckpoint() throws Exception {
    log.grownTo(900);
    server.on("GET /ledger/tile/entries/003.p/132", 500, "{}");
    assertEquals(3, export().exitCode());
    CommandRun run = fsck();
    assertWhole(run);
    assertEquals(SIZE, run.json().getInt("size"));
    assertTrue(run.json().getInt("unread") > 0, run.toString());
  }

  @Test
  void anotherLogIsNotExportedOverTheOneThatIsThere() throws Exception {
    byte[] before = Files.readAllBytes(file("checkpoint"));
    log.entries.subList(10, log.entries.size()).clear();
    log.bodies.subList(10, log.bodies.size()).clear();
    log.append(Type.VERDICT, "forged".getBytes(UTF_8));
    log.grownTo(700);
    CommandRun run = export();
    assertEquals(1, run.exitCode(), run.toString());
    assertArrayEquals(before, Files.readAllBytes(file("checkpoint")));
    assertWhole(fsck());
  }

  @Test
  void aServerThatWasPutBackIsNotExported() throws Exception {
    log.notes.tailMap(301L).clear();
    CommandRun run = export();
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.json().getString("detail").contains("was put back"), run.toString());
  }

  @Test
  void aBodyThatTheServerChangedIsNotExported() throws Exception {
    Files.delete(file("body/050"));
    log.bodies.set(50, "forged".getBytes(UTF_8));
    CommandRun run = export();
    assertEquals(1, run.exitCode(), run.toString());
    assertTrue(run.json().getString("detail").contains("body of entry 50"), run.toString());
  }

  @Test
  void aChangedByteOfAnEntryIsNamed() throws Exception {
    List<byte[]> entries = entries("tile/entries/001", 256);
    entries.get(44)[30] ^= 1;
    Files.write(file("tile/entries/001"), bundle(entries));
    assertFound("ENTRY_CHANGED 300 tile/entries/001");
    assertEquals("2026-06-01T00:04:59Z", findings(fsck()).get(0).getString("heldUntil"));
  }

  @Test
  void aChangedByteOfTheLastEntryIsNamed() throws Exception {
    flip("tile/entries/002.p/88", (int) Files.size(file("tile/entries/002.p/88")) - 40);
    assertFound("ENTRY_CHANGED 599 tile/entries/002.p/88");
  }

  @Test
  void anEntryThatIsNoneIsNamed() throws Exception {
    List<byte[]> entries = entries("tile/entries/000", 256);
    entries.set(7, "nothing".getBytes(UTF_8));
    Files.write(file("tile/entries/000"), bundle(entries));
    assertFound("ENTRY_UNREADABLE 7 tile/entries/000");
  }

  @Test
  void aChangedByteOfABodyIsNamed() throws Exception {
    flip("body/299", 2);
    assertFound("BODY_CHANGED 299 body/299");
  }

  @Test
  void aChangedByteOfATileIsNamedAndNotTheEntriesBelowIt() throws Exception {
    flip("tile/0/001", 32 * 9 + 3);
    assertFound("TILE_CHANGED 256 tile/0/001");
  }

  @Test
  void aChangedByteOfAPartialTileIsNamed() throws Exception {
    flip("tile/1/000.p/2", 40);
    assertFound("TILE_CHANGED 0 tile/1/000.p/2");
  }

  @Test
  void aChangedByteOfACheckpointIsNamed() throws Exception {
    flip("checkpoints/300", (int) Files.size(file("checkpoints/300")) - 20);
    CommandRun run = fsck();
    assertEquals(1, run.exitCode());
    assertEquals("CHECKPOINT_CHANGED", findings(run).get(0).getString("kind"));
    assertEquals("checkpoints/300", findings(run).get(0).getString("file"));
  }

  @Test
  void removedFilesAreNamed() throws Exception {
    Files.delete(file("body/124"));
    Files.delete(file("tile/0/000"));
    assertFound("BODY_MISSING 124 body/124", "TILE_MISSING 0 tile/0/000");
  }

  @Test
  void aRemovedBundleIsNamedOnceAndWhatFollowsIsStillChecked() throws Exception {
    Files.delete(file("tile/entries/001"));
    flip("body/599", 1);
    assertFound("ENTRY_MISSING 256 tile/entries/001", "BODY_CHANGED 599 body/599");
  }

  @Test
  void aRemovedCheckpointIsMissedByTheCounter() throws Exception {
    Files.delete(file("checkpoints/256"));
    assertFound("CHECKPOINT_COUNTER 300 checkpoints/300");
  }

  @Test
  void aTruncatedTailIsNamedWithTheEntryAtWhichItEnds() throws Exception {
    byte[] bytes = Files.readAllBytes(file("tile/entries/002.p/88"));
    int entry = 2 + log.entries.get(512).encoded().length;
    cut("tile/entries/002.p/88", entry * 10);
    assertTrue(bytes.length > entry * 10);
    CommandRun run = fsck();
    assertEquals(1, run.exitCode());
    assertEquals("TAIL_MISSING", findings(run).get(0).getString("kind"));
    assertTrue(findings(run).get(0).getInt("index") > 512, run.toString());
    assertTrue(findings(run).get(0).getInt("index") < 524, run.toString());
  }

  @Test
  void swappedEntriesAreNamedAsSuch() throws Exception {
    List<byte[]> entries = entries("tile/entries/001", 256);
    Collections.swap(entries, 4, 9);
    Files.write(file("tile/entries/001"), bundle(entries));
    CommandRun run = fsck();
    assertEquals(1, run.exitCode());
    assertTrue(
        findings(run).stream()
            .anyMatch(
                f ->
                    f.getString("kind").equals("ENTRIES_SWAPPED")
                        && f.getInt("index") == 260
                        && f.getString("detail").contains("265")),
        run.toString());
    assertTrue(
        findings(run).stream().noneMatch(f -> f.getString("kind").startsWith("CHECKPOINT")),
        run.toString());
  }

  @Test
  void anOlderCopyIsFoundByACheckpointThatIsKnown() throws Exception {
    Path newer = Files.write(work.resolve("newer"), log.grownTo(700).notes.get(700L));
    CommandRun run = fsck("--checkpoint", newer.toString());
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals("TAIL_MISSING", findings(run).get(0).getString("kind"));
    assertTrue(findings(run).get(0).getString("detail").contains("700 entries is known"));
    assertEquals(0, export().exitCode());
    assertWhole(fsck("--checkpoint", newer.toString()));
  }

  @Test
  void aForkIsFoundByACheckpointThatIsKnown() throws Exception {
    Path other =
        Files.write(
            work.resolve("other"),
            log.signed(new Checkpoint(MadeLog.ORIGIN, 400, Digest.sha256(new byte[] {1}))));
    CommandRun run = fsck("--checkpoint", other.toString());
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals("CHECKPOINT_OF_ANOTHER_TREE", findings(run).get(0).getString("kind"));
    assertEquals(400, findings(run).get(0).getInt("index"));
  }

  @Test
  void aRewrittenTailIsFoundByTheFirstCheckpointThatItDoesNotHave() throws Exception {
    // Whoever has no key can rewrite all else so that it fits.
    MadeLog forged = new MadeLog();
    forged.entries.addAll(log.entries.subList(0, 280));
    forged.bodies.addAll(log.bodies.subList(0, 280));
    forged.grownTo(SIZE);
    Path honest = folder;
    folder = work.resolve("forged");
    key = forged.keyFile(work);
    forged.serve(server);
    assertEquals(0, export().exitCode());
    key = log.keyFile(work);
    for (String name :
        List.of(
            "checkpoint",
            "checkpoints/001",
            "checkpoints/256",
            "checkpoints/300",
            "checkpoints/600")) {
      Files.copy(
          honest.resolve(name), file(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    CommandRun run = fsck();
    assertEquals(1, run.exitCode(), run.toString());
    JsonObject first =
        findings(run).stream()
            .filter(f -> f.getString("kind").equals("CHECKPOINT_OF_ANOTHER_TREE"))
            .findFirst()
            .orElseThrow();
    assertEquals(300, first.getInt("index"));
  }

  @Test
  void aCounterThatGoesBackIsNamedUnlessAnOlderDatabaseWasAcknowledged() throws Exception {
    log.grownTo(650);
    log.append(Type.VERDICT, "{}".getBytes(UTF_8));
    log.signBoundTo(4);
    assertEquals(0, export().exitCode());
    assertFound("CHECKPOINT_COUNTER 651 checkpoints/651");
    log.notes.remove(651L);
    log.append(
        Type.LEDGER,
        "{\"what\":\"older-database-acknowledged\",\"counter\":\"tpm.1\"}".getBytes(UTF_8));
    log.signBoundTo(9);
    Files.delete(file("checkpoints/651"));
    assertEquals(0, export().exitCode());
    assertWhole(fsck());
  }

  @Test
  void aReportOutOfItsPlaceIsNamed() throws Exception {
    byte[] again = log.bodies.get(3);
    log.append(Type.REPORT, again);
    log.sign();
    assertEquals(0, export().exitCode());
    assertFound("REPORT_DOES_NOT_FOLLOW 600 body/600");
  }

  @Test
  void aReportWithAnotherSignatureIsNamed() throws Exception {
    byte[] forged = log.report();
    forged[forged.length - 3] ^= 1;
    log.append(Type.REPORT, forged);
    log.sign();
    assertEquals(0, export().exitCode());
    assertFound("REPORT_NOT_VERIFIED 600 body/600");
  }

  @Test
  void aSecondRunReadsOnlyWhatIsNew() throws Exception {
    String state = work.resolve("state").toString();
    assertWhole(fsck("--state", state));
    log.grownTo(800);
    assertEquals(0, export().exitCode());
    CommandRun run = fsck("--state", state);
    assertWhole(run);
    assertEquals(512, run.json().getInt("from"));
    assertEquals(800, run.json().getInt("size"));
    run = fsck("--state", state);
    assertEquals(768, run.json().getInt("from"));
    assertEquals(0, fsck("--state", state, "--full").json().getInt("from"));
  }

  @Test
  void aSecondRunDoesNotBelieveAFileThatWasChanged() throws Exception {
    String state = work.resolve("state").toString();
    assertWhole(fsck("--state", state));
    flip("body/040", 1);
    CommandRun run = fsck("--state", state);
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals(0, run.json().getInt("from"));
    assertEquals("BODY_CHANGED", findings(run).get(0).getString("kind"));
  }

  @Test
  void aSecondRunReadsWhatCameBehindTheState() throws Exception {
    String state = work.resolve("state").toString();
    assertWhole(fsck("--state", state));
    flip("body/555", 1);
    CommandRun run = fsck("--state", state);
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals(512, run.json().getInt("from"));
  }

  @Test
  void aSecondRunFindsTheCopyOlderThanTheOneBefore() throws Exception {
    String state = work.resolve("state").toString();
    Path older = work.resolve("older");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path path : files.toList()) {
        Files.copy(path, older.resolve(folder.relativize(path)));
      }
    }
    assertWhole(fsck("--state", state));
    // No further bundle becomes full.
    log.grownTo(700);
    assertEquals(0, export().exitCode());
    assertWhole(fsck("--state", state));
    folder = older;
    assertEquals(1, fsck("--state", state, "--full").exitCode());
    CommandRun run = fsck("--state", state);
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals("TAIL_MISSING", findings(run).get(0).getString("kind"));
  }

  @Test
  void aStateThatIsNotTheFoldersIsNoShortcut() throws Exception {
    String state = work.resolve("state").toString();
    assertWhole(fsck("--state", state));
    Files.writeString(
        Path.of(state),
        Files.readString(Path.of(state)).replaceFirst("\"last\":\"..", "\"last\":\"00"));
    assertEquals(1, fsck("--state", state).exitCode());
    Files.writeString(Path.of(state), "{}");
    assertEquals(3, fsck("--state", state).exitCode());
  }

  @Test
  void aFolderNeedsAKeyAndACheckpoint() throws Exception {
    assertEquals(
        2,
        CommandRun.of(Map.of("HOME", work.toString()), "ledger", "fsck", folder.toString())
            .exitCode());
    Files.delete(file("checkpoint"));
    assertFound("CHECKPOINT_MISSING 0 checkpoint");
    assertEquals(
        3,
        CommandRun.of(
                Map.of("HOME", work.toString()),
                "ledger",
                "fsck",
                work.resolve("none").toString(),
                "--log-key",
                key.toString())
            .exitCode());
  }
}
