// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData.Type;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever is done to an exported ledger is found and named. */
class FolderFsckTest extends ExportedLedger {
  FolderFsckTest() throws Exception {}

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
}
