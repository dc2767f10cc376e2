// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.Arrays;

/**
 * A run of live bytes as they were linked, block by block: what a kernel has loaded is too large to
 * be copied for each look. Fields that are cut by the run's ends stay as they are live. Not for
 * several threads at once.
 */
public final class LinkedRun {
  /** The widest field that is relocated: so much around a block is moved back with it. */
  private static final int WIDEST = Long.BYTES;

  /** What is read for one is 64 KiB then. */
  private static final int BLOCK = (1 << 16) - 2 * WIDEST;

  private final CodeImage image;
  private final LiveCode code;
  private final long start;
  private final int length;
  private final long kaslrOffset;
  private final byte[] live;
  private final byte[] linked;

  /**
   * @param start the link-time address of the first byte
   * @param kaslrOffset what live addresses are higher by
   */
  public LinkedRun(CodeImage image, LiveCode code, long start, int length, long kaslrOffset) {
    this.image = image;
    this.code = code;
    this.start = start;
    this.length = length;
    this.kaslrOffset = kaslrOffset;
    this.live = new byte[Math.min(length, BLOCK + 2 * WIDEST)];
    this.linked = new byte[live.length];
  }

  /**
   * A part of the run, for as long as the next one is not read.
   *
   * @param from its offset in the run
   * @param live its bytes as they are; those to be looked at begin at an index
   * @param linked the same with relocations undone; the reader may change them
   * @param at that index, of both
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Block(int from, int length, byte[] live, byte[] linked, int at) {
    /** The offset in the run behind the last byte. */
    public int end() {
      return from + length;
    }
  }

  /** What is done with one block after the other. */
  public interface Reader {
    void take(Block block) throws MalformedImageException;
  }

  /** All of it, ascending. */
  public void forEach(Reader reader) throws MalformedImageException {
    for (int from = 0; from < length; from += BLOCK) {
      reader.take(block(from, Math.min(BLOCK, length - from)));
    }
  }

  /**
   * A copy of a few bytes as they were linked.
   *
   * @param from offset in the run
   * @param count of few: no more than a block has
   */
  public byte[] linked(int from, int count) {
    Block block = block(from, count);
    return Arrays.copyOfRange(linked, block.at(), block.at() + count);
  }

  private Block block(int from, int count) {
    int first = Math.max(0, from - WIDEST);
    int size = Math.min(length, from + count + WIDEST) - first;
    code.read(start + first, live, size);
    System.arraycopy(live, 0, linked, 0, size);
    image.undoRelocation(linked, size, start + first, kaslrOffset);
    return new Block(from, count, live, linked, from - first);
  }
}
