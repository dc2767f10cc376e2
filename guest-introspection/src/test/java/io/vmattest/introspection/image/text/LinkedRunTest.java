// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import io.vmattest.introspection.image.vmlinux.ImageSymbols;
import io.vmattest.introspection.image.vmlinux.LoadedBytes;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Runs of several blocks, of an image with fields of eight bytes across all their ends. */
class LinkedRunTest {
  private static final long START = 0xffffffff81000000L;
  private static final int LENGTH = 300_000;
  private static final int APART = 9;
  private static final byte MOVED = 5;

  private final byte[] onDisk = new byte[LENGTH];
  private final Image image = new Image();
  private final byte[] live;

  LinkedRunTest() {
    new Random(1).nextBytes(onDisk);
    live = onDisk.clone();
    image.undoRelocation(live, LENGTH, START, -MOVED);
  }

  private LinkedRun run(int from, int length) {
    return new LinkedRun(image, LiveCode.of(live, START), START + from, length, MOVED);
  }

  private static byte[] all(LinkedRun run) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    run.forEach(block -> all.write(block.linked(), block.at(), block.length()));
    return all.toByteArray();
  }

  @Test
  void blocksAreAsTheWholeRunWouldBe() throws Exception {
    assertArrayEquals(onDisk, all(run(0, LENGTH)));
  }

  @Test
  void fieldsThatTheEndsOfTheRunCutStayAsTheyAre() throws Exception {
    int from = 4;
    int length = LENGTH - 9;
    byte[] expected = Arrays.copyOfRange(live, from, from + length);
    image.undoRelocation(expected, length, START + from, MOVED);
    assertArrayEquals(expected, all(run(from, length)));
  }

  @Test
  void fewBytesAreAsInTheRun() {
    LinkedRun run = run(0, LENGTH);
    for (int from = 65_500; from < 65_560; from++) {
      assertArrayEquals(Arrays.copyOfRange(onDisk, from, from + 3), run.linked(from, 3));
    }
  }

  @Test
  void bytesThatDifferOnBothSidesOfABlocksEndAreOneRange() throws Exception {
    int across = (1 << 16) - 500;
    for (int at = across; at < across + 1000; at++) {
      live[at]++;
    }
    live[70]++;
    TextDifferences differences = new TextDifferences(image, new SiteMask(START, List.of()), 10);
    run(0, LENGTH).forEach(differences::find);
    assertEquals(
        List.of(new AddressRange(START + 70, 1), new AddressRange(START + across, 1000)),
        differences.ranges());
    assertEquals(1001, differences.bytes());
  }

  private final class Image implements CodeImage {
    @Override
    public List<ElfSection> sections() {
      return List.of();
    }

    @Override
    public ElfSection text() {
      return new ElfSection(".text", 1, 0, START, 0, LENGTH, 0);
    }

    @Override
    public ImageSymbols symbols() {
      throw new UnsupportedOperationException();
    }

    @Override
    public LoadedBytes loaded() {
      return LoadedBytes.of(onDisk, START);
    }

    @Override
    public byte[] loaded(long address, int length, long kaslrOffset) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void undoRelocation(byte[] bytes, int length, long address, long kaslrOffset) {
      for (int field = 0; field + 8 <= LENGTH; field += APART) {
        int at = (int) (START + field - address);
        for (int i = 0; at >= 0 && at + 8 <= length && i < 8; i++) {
          bytes[at + i] -= (byte) kaslrOffset;
        }
      }
    }

    @Override
    public Optional<CodeImage> kernel() {
      return Optional.empty();
    }
  }
}
