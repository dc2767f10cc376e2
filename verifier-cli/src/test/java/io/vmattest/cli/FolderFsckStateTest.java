// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A check that goes on behind what one before has read. */
class FolderFsckStateTest extends ExportedLedger {
  FolderFsckStateTest() throws Exception {}

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
