// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.merkle.MerkleTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Consecutive entries of a log, each of which hashes to a leaf: "sequences of big-endian uint16
 * length-prefixed log entries". Immutable.
 *
 * @see <a href="https://c2sp.org/tlog-tiles">Tiled transparency logs, Log entries</a>
 */
public final class EntryBundle {
  /** Of an entry, in bytes. */
  public static final int MAX_ENTRY_SIZE = 0xffff;

  /** Of a bundle, in bytes. */
  public static final int MAX_SIZE = Tile.MAX_WIDTH * (Short.BYTES + MAX_ENTRY_SIZE);

  private final List<byte[]> entries;

  private EntryBundle(List<byte[]> entries) {
    this.entries = entries;
  }

  /**
   * @param entries 1 to 256
   * @throws IllegalArgumentException if there are none or too many, or one is too long
   */
  public static EntryBundle of(List<byte[]> entries) {
    if (entries.isEmpty() || entries.size() > Tile.MAX_WIDTH) {
      throw new IllegalArgumentException("a bundle has 1 to " + Tile.MAX_WIDTH + " entries");
    }
    if (entries.stream().anyMatch(entry -> entry.length > MAX_ENTRY_SIZE)) {
      throw new IllegalArgumentException("an entry of more than " + MAX_ENTRY_SIZE + " bytes");
    }
    return new EntryBundle(copy(entries));
  }

  private static List<byte[]> copy(List<byte[]> entries) {
    return entries.stream().map(byte[]::clone).toList();
  }

  /**
   * @param width that the bundle must have, in entries
   */
  public static EntryBundle parse(byte[] bytes, int width) throws MalformedTlogException {
    if (width < 1 || width > Tile.MAX_WIDTH) {
      throw new MalformedTlogException("no bundle has " + width + " entries");
    }
    List<byte[]> entries = new ArrayList<>(width);
    int at = 0;
    for (int i = 0; i < width; i++) {
      int start = at + Short.BYTES;
      int end = start > bytes.length ? start : start + entrySize(bytes, at);
      if (end > bytes.length) {
        throw new MalformedTlogException("a bundle that ends within entry " + i);
      }
      entries.add(Arrays.copyOfRange(bytes, start, end));
      at = end;
    }
    if (at != bytes.length) {
      throw new MalformedTlogException("a bundle of more than " + width + " entries");
    }
    return new EntryBundle(entries);
  }

  /** Those entries of a bundle that are whole, where it was cut off; no more than so many. */
  public static List<byte[]> wholeEntries(byte[] bytes, int most) {
    List<byte[]> entries = new ArrayList<>();
    int at = 0;
    while (entries.size() < most && at + Short.BYTES <= bytes.length) {
      int start = at + Short.BYTES;
      int end = start + entrySize(bytes, at);
      if (end > bytes.length) {
        break;
      }
      entries.add(Arrays.copyOfRange(bytes, start, end));
      at = end;
    }
    return entries;
  }

  private static int entrySize(byte[] bytes, int at) {
    return Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(at));
  }

  public byte[] bytes() {
    int size = entries.stream().mapToInt(entry -> Short.BYTES + entry.length).sum();
    ByteBuffer buffer = ByteBuffer.allocate(size);
    entries.forEach(entry -> buffer.putShort((short) entry.length).put(entry));
    return buffer.array();
  }

  public List<byte[]> entries() {
    return copy(entries);
  }

  public int width() {
    return entries.size();
  }

  /** What the tile of level 0 at the same index must be, where the entries are the log's. */
  public Tile leaves() {
    return new Tile(entries.stream().map(MerkleTree::leafHash).toList());
  }
}
