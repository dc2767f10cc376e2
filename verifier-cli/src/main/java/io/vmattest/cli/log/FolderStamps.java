// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TilePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One digest over the inode, size and times of the files of a log, bundle after bundle. A file that
 * is written to, or replaced, has another change time (ctime), which no user can set.
 */
final class FolderStamps {
  private final Path folder;
  private Optional<Digest> digest = Optional.of(Digest.sha256());

  FolderStamps(Path folder) {
    this.folder = folder;
  }

  /**
   * Adds the files of a full bundle.
   *
   * @param checkpoints sizes of those that end within it
   * @return the digest over all so far; empty if a file is not there, or has no such times
   */
  Optional<Digest> add(long bundle, Collection<Long> checkpoints) {
    if (digest.isPresent()) {
      try {
        StringBuilder lines = new StringBuilder();
        for (String name : names(bundle, checkpoints)) {
          lines.append(stamp(name)).append('\n');
        }
        byte[] bytes = lines.toString().getBytes(UTF_8);
        digest = Optional.of(Digest.sha256(digest.get().bytes(), bytes));
      } catch (IOException | UnsupportedOperationException e) {
        digest = Optional.empty();
      }
    }
    return digest;
  }

  private static List<String> names(long bundle, Collection<Long> checkpoints) {
    List<String> names = new ArrayList<>();
    names.add(TilePath.entries(bundle, Tile.MAX_WIDTH).format());
    long index = bundle;
    int level = 0;
    names.add(new TilePath(level, index, Tile.MAX_WIDTH).format());
    // The tiles that become full with it.
    while (index % Tile.MAX_WIDTH == Tile.MAX_WIDTH - 1) {
      index /= Tile.MAX_WIDTH;
      level++;
      names.add(new TilePath(level, index, Tile.MAX_WIDTH).format());
    }
    for (int i = 0; i < Tile.MAX_WIDTH; i++) {
      names.add(LogFolder.bodyName(bundle * Tile.MAX_WIDTH + i));
    }
    checkpoints.forEach(size -> names.add(LogFolder.checkpointName(size)));
    return names;
  }

  private String stamp(String name) throws IOException {
    Map<String, Object> file =
        Files.readAttributes(
            folder.resolve(name),
            "unix:ino,size,lastModifiedTime,ctime",
            LinkOption.NOFOLLOW_LINKS);
    return "%s %s %s %s %s"
        .formatted(
            name,
            file.get("ino"),
            file.get("size"),
            file.get("lastModifiedTime"),
            file.get("ctime"));
  }
}
