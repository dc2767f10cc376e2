// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Where a kernel holds its own addresses. The lists stand at the image's end and are read from
 * there, as the decompressor does: fields of 32 bits, a zero, fields of 32 bits that shrink as
 * addresses grow (offsets to per-CPU data), a zero, fields of 64 bits, a zero. An entry is the low
 * half of a link-time address.
 */
public final class Relocations {
  /** Bytes of the widest field. */
  static final int WIDEST = Long.BYTES;

  private static final int MAX_ENTRIES = 4 << 20;
  private static final VarHandle U32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle U64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** All three ascending. */
  private final int[] words;

  private final int[] inverseWords;
  private final int[] longs;

  private Relocations(int[] words, int[] inverseWords, int[] longs) {
    this.words = words;
    this.inverseWords = inverseWords;
    this.longs = longs;
  }

  /**
   * @param end where the ELF file ends; the lists fill the rest
   */
  static Relocations read(ImageBytes image, long end) throws MalformedImageException {
    ListReader reader = new ListReader(image, end);
    int[] words = reader.next();
    int[] inverseWords = reader.next();
    int[] longs = reader.next();
    reader.end();
    return new Relocations(words, inverseWords, longs);
  }

  public int count() {
    return words.length + inverseWords.length + longs.length;
  }

  /** Refuses fields that do not lie in the bytes from base on. */
  void check(long base, int length) throws MalformedImageException {
    check(words, base, length - 4L);
    check(inverseWords, base, length - 4L);
    check(longs, base, length - 8L);
  }

  private static void check(int[] fields, long base, long last) throws MalformedImageException {
    for (int field : fields) {
      long offset = field - base;
      if (offset < 0 || offset > last) {
        throw new MalformedImageException("vmlinux", field, "a relocation lies outside");
      }
    }
  }

  /**
   * Moves what a run of the kernel's bytes holds: by the KASLR offset to what is loaded, by its
   * negative back. Fields that are cut by the run's ends are left.
   *
   * @param length of the run, which begins with the first byte
   * @param base the link-time address of that
   */
  public void apply(byte[] bytes, int length, long base, long delta) {
    applyWords(words, bytes, length, base, (int) delta);
    applyWords(inverseWords, bytes, length, base, (int) -delta);
    for (int i = first(longs, base); i < longs.length; i++) {
      long offset = longs[i] - base;
      if (offset > length - 8L) {
        break;
      }
      U64.set(bytes, (int) offset, (long) U64.get(bytes, (int) offset) + delta);
    }
  }

  private static void applyWords(int[] fields, byte[] bytes, int length, long base, int delta) {
    for (int i = first(fields, base); i < fields.length; i++) {
      long offset = fields[i] - base;
      if (offset > length - 4L) {
        break;
      }
      U32.set(bytes, (int) offset, (int) U32.get(bytes, (int) offset) + delta);
    }
  }

  /** The number of the first field at or behind an address. */
  private static int first(int[] fields, long address) {
    int low = 0;
    int high = fields.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (fields[middle] < address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Takes lists of u32 off the end. */
  private static final class ListReader {
    private final ImageBytes image;
    private final long first;
    private long position;

    ListReader(ImageBytes image, long first) {
      this.image = image;
      this.first = first;
      position = image.length();
    }

    int[] next() throws MalformedImageException {
      int[] list = new int[1024];
      int count = 0;
      for (int entry = entry(); entry != 0; entry = entry()) {
        if (count == MAX_ENTRIES) {
          throw image.malformed(position, "has more than " + MAX_ENTRIES + " relocations");
        }
        if (count == list.length) {
          list = Arrays.copyOf(list, 2 * count);
        }
        list[count++] = entry;
      }
      int[] fields = Arrays.copyOf(list, count);
      Arrays.sort(fields);
      return fields;
    }

    void end() throws MalformedImageException {
      if (position != first) {
        throw image.malformed(position, "relocations do not begin where the ELF file ends");
      }
    }

    private int entry() throws MalformedImageException {
      position -= 4;
      if (position < first) {
        throw image.malformed(first, "has no complete list of relocations");
      }
      return image.s32(position);
    }
  }
}
