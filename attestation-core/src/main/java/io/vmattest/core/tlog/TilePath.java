// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a tile or a bundle of entries is, below a log's prefix: tile/LEVEL/INDEX[.p/WIDTH], the
 * index in groups of three digits.
 *
 * @param level 0 to 63, or {@link #ENTRIES}
 * @param index of the tile within its level
 * @param width hashes or entries in it, 1 to 256
 * @see <a href="https://c2sp.org/tlog-tiles">Tiled transparency logs, Merkle tree</a>
 */
public record TilePath(int level, long index, int width) {
  /** What stands for the level of a bundle of entries. */
  public static final int ENTRIES = -1;

  private static final int MAX_LEVEL = 63;

  /** No tile of a tree of up to 2^63 - 1 leaves has a larger one. */
  private static final long MAX_INDEX = Long.MAX_VALUE / Tile.MAX_WIDTH;

  private static final int GROUP = 1000;
  private static final Pattern PATH =
      Pattern.compile(
          "tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\\.p/([0-9]{1,3}))?");

  /**
   * @throws IllegalArgumentException if no tile is there
   */
  public TilePath {
    if (level < ENTRIES || level > MAX_LEVEL) {
      throw new IllegalArgumentException("no level of tiles: " + level);
    }
    if (index < 0 || index > MAX_INDEX) {
      throw new IllegalArgumentException("no index of a tile: " + index);
    }
    if (width < 1 || width > Tile.MAX_WIDTH) {
      throw new IllegalArgumentException("no width of a tile: " + width);
    }
  }

  public static TilePath entries(long index, int width) {
    return new TilePath(ENTRIES, index, width);
  }

  /** Whether a bundle of entries is there, not a tile. */
  public boolean isEntries() {
    return level == ENTRIES;
  }

  public boolean isPartial() {
    return width < Tile.MAX_WIDTH;
  }

  /** Where the full tile is that this is, or will be. */
  public TilePath full() {
    return new TilePath(level, index, Tile.MAX_WIDTH);
  }

  /** Without a slash at its beginning. */
  public String format() {
    StringBuilder groups = new StringBuilder(digits(index % GROUP));
    for (long rest = index / GROUP; rest > 0; rest /= GROUP) {
      groups.insert(0, "x" + digits(rest % GROUP) + "/");
    }
    String levelName = isEntries() ? "entries" : Integer.toString(level);
    return "tile/" + levelName + "/" + groups + (isPartial() ? ".p/" + width : "");
  }

  private static String digits(long group) {
    return String.format(Locale.ROOT, "%03d", group);
  }

  /** Reads what {@link #format} writes, and nothing else. */
  public static TilePath parse(String path) throws MalformedTlogException {
    Matcher matcher = PATH.matcher(path);
    if (!matcher.matches()) {
      throw new MalformedTlogException("no path of a tile");
    }
    String levelName = matcher.group(1);
    String widthDigits = matcher.group(3);
    TilePath parsed =
        create(
            levelName.equals("entries") ? ENTRIES : Integer.parseInt(levelName),
            Long.parseLong(matcher.group(2).replace("x", "").replace("/", "")),
            widthDigits == null ? Tile.MAX_WIDTH : Integer.parseInt(widthDigits));
    // Zeroes at the beginning, and a full tile written as if it were a partial one.
    if (!parsed.format().equals(path)) {
      throw new MalformedTlogException("a tile's path is written " + parsed);
    }
    return parsed;
  }

  private static TilePath create(int level, long index, int width) throws MalformedTlogException {
    try {
      return new TilePath(level, index, width);
    } catch (IllegalArgumentException e) {
      throw new MalformedTlogException("no tile is there: " + e.getMessage());
    }
  }

  @Override
  public String toString() {
    return format();
  }
}
