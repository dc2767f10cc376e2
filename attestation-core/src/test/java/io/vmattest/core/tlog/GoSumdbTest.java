// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What others make of our logs: the implementation of the Go checksum database. */
class GoSumdbTest {
  private static final int SIZE = 700;
  @TempDir static Path programs;
  private static GoTlogCheck go;

  @TempDir Path folder;

  /** Changes a log so that it no longer holds together. */
  private interface Damage {
    void to(LogFolder log) throws Exception;
  }

  @BeforeAll
  static void buildOnce() throws Exception {
    go = GoTlogCheck.build(programs);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 255, 256, 257, 65535, 65536, 65537, 70000})
  void aLogOfAnySizeIsRead(int size) throws Exception {
    LogFolder log = LogFolder.write(folder, size);
    Random random = new Random(size);
    int proofs = Math.min(size, 12);
    for (int i = 0; i < proofs; i++) {
      // The first and the last, and some between.
      int index = i < 2 ? i * (size - 1) : i * (size / proofs) + random.nextInt(size / proofs);
      log.addInclusionProof(index);
      log.addConsistencyProof(index + 1);
    }
    GoTlogCheck.Result result = go.check(folder);
    assertEquals(0, result.status(), result.output());
    long bundles = TileLayout.bundles(size).count();
    String expected =
        "entries %d tiles %d bundles %d inclusions %d consistencies %d\n"
            .formatted(size, TileLayout.tiles(size).count(), bundles, proofs, proofs);
    assertEquals(expected, result.output());
  }

  private void assertRefused(String reason, Damage damage) throws Exception {
    LogFolder log = LogFolder.write(folder, SIZE);
    log.addInclusionProof(300);
    log.addConsistencyProof(511);
    GoTlogCheck.Result before = go.check(folder);
    assertEquals(0, before.status(), before.output());
    damage.to(log);
    GoTlogCheck.Result after = go.check(folder);
    assertTrue(
        after.status() != 0 && after.output().startsWith(reason),
        after.status() + ": " + after.output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"})
  void aChangedTileIsRefused(String tile) throws Exception {
    assertRefused("tile: ", log -> log.damage(tile, 40));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tile/entries/000", "tile/entries/002.p/188"})
  void aChangedEntryIsRefused(String bundle) throws Exception {
    assertRefused("tree: root ", log -> log.damage(bundle, 40));
  }

  @Test
  void anEntryThatWasChangedTogetherWithItsLeafIsRefused() throws Exception {
    assertRefused("tree: root ", log -> log.forgeEntry(1, 3));
  }

  @Test
  void aBundleWhoseLengthsDoNotAddUpIsRefused() throws Exception {
    assertRefused("bundle: tile/entries/000 is ", log -> log.damage("tile/entries/000", 1));
  }

  @ParameterizedTest
  @CsvSource({"700,699", "counter tpm.1 1400,counter tpm.1 1399", "vmattest,other"})
  void aChangedCheckpointIsRefused(String text, String by) throws Exception {
    assertRefused("checkpoint: ", log -> log.replace("checkpoint", text, by));
  }

  @Test
  void aProofOfAnotherEntryIsRefused() throws Exception {
    assertRefused(
        "inclusion: ", log -> log.replace("proof/300.tlog-proof", "index 300\n", "index 301\n"));
  }

  @Test
  void aProofWithAChangedHashIsRefused() throws Exception {
    assertRefused("consistency: ", log -> log.changeFirstHash("earlier/511"));
  }
}
