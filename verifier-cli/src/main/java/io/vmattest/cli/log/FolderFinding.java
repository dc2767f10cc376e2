// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.tlog.TileLayout;
import io.vmattest.core.tlog.TilePath;
import java.time.Instant;
import java.util.Optional;

/**
 * What is wrong with an exported log, and where.
 *
 * @param file relative to the folder
 * @param since when the last entry was recorded that held before it
 */
public record FolderFinding(LedgerFinding finding, String file, Optional<Instant> since) {
  /**
   * @param size of the log, by which its last bundle is named
   */
  static FolderFinding of(LedgerFinding finding, long size, Optional<Instant> since) {
    return new FolderFinding(finding, file(finding, size), since);
  }

  private static String file(LedgerFinding finding, long size) {
    return switch (finding.kind()) {
      case TILE_CHANGED, TILE_MISSING -> finding.tile().map(TilePath::format).orElse("tile");
      case BODY_CHANGED,
          BODY_MISSING,
          REPORT_MALFORMED,
          REPORT_NOT_VERIFIED,
          REPORT_OF_ANOTHER_VM,
          REPORT_DOES_NOT_FOLLOW ->
          LogFolder.bodyName(finding.index());
      case CHECKPOINT_CHANGED, CHECKPOINT_MISSING, CHECKPOINT_COUNTER, CHECKPOINT_OF_ANOTHER_TREE ->
          finding.index() == 0 ? LogFolder.CHECKPOINT : LogFolder.checkpointName(finding.index());
      default -> bundle(finding.index(), size);
    };
  }

  private static String bundle(long index, long size) {
    return TileLayout.tile(size, 0, index / 256)
        .map(tile -> TilePath.entries(tile.index(), tile.width()).format())
        .orElse(LogFolder.CHECKPOINT);
  }
}
