// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData.Type;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What an export fetches, and refuses. */
class LedgerExportTest extends ExportedLedger {
  LedgerExportTest() throws Exception {}

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
}
