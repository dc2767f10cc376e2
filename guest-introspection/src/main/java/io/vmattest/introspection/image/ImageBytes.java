// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A part of an image, read little-endian and within its bounds. A view: the array under it must not
 * be changed any more.
 */
public final class ImageBytes {
  private static final VarHandle U16 =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle U32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle U64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final String what;
  private final byte[] bytes;
  private final int start;
  private final int length;

  private ImageBytes(String what, byte[] bytes, int start, int length) {
    this.what = what;
    this.bytes = bytes;
    this.start = start;
    this.length = length;
  }

  /**
   * @param what names the image in the messages of exceptions
   */
  public static ImageBytes of(String what, byte[] bytes) {
    return new ImageBytes(what, bytes, 0, bytes.length);
  }

  public int length() {
    return length;
  }

  public String what() {
    return what;
  }

  public int u8(long offset) throws MalformedImageException {
    return Byte.toUnsignedInt(bytes[at(offset, 1)]);
  }

  public int u16(long offset) throws MalformedImageException {
    return Short.toUnsignedInt((short) U16.get(bytes, at(offset, 2)));
  }

  public int s32(long offset) throws MalformedImageException {
    return (int) U32.get(bytes, at(offset, 4));
  }

  public long u32(long offset) throws MalformedImageException {
    return Integer.toUnsignedLong(s32(offset));
  }

  public long u64(long offset) throws MalformedImageException {
    return (long) U64.get(bytes, at(offset, 8));
  }

  /** A part, without a copy; its offsets start at 0. */
  public ImageBytes part(String name, long offset, long size) throws MalformedImageException {
    return new ImageBytes(name, bytes, at(offset, size), (int) size);
  }

  public byte[] copy(long offset, long size) throws MalformedImageException {
    int from = at(offset, size);
    return Arrays.copyOfRange(bytes, from, from + (int) size);
  }

  public byte[] copy() {
    return Arrays.copyOfRange(bytes, start, start + length);
  }

  /** Copies a part into an array of the caller, who sees to the room in it. */
  public void copyTo(long offset, byte[] target, int position, int size)
      throws MalformedImageException {
    System.arraycopy(bytes, at(offset, size), target, position, size);
  }

  /**
   * Compares a part with bytes of the caller.
   *
   * @param from where those begin in their array
   * @return the offset in the part of the first that differs; -1 if none does
   */
  public int mismatch(long offset, byte[] other, int from, int size)
      throws MalformedImageException {
    int at = at(offset, size);
    return Arrays.mismatch(bytes, at, at + size, other, from, from + size);
  }

  public boolean startsWith(byte[] magic) {
    return length >= magic.length
        && Arrays.equals(bytes, start, start + magic.length, magic, 0, magic.length);
  }

  /** ASCII up to a NUL, which must come within the limit. */
  public String cString(long offset, int limit) throws MalformedImageException {
    int from = at(offset, 0);
    int end = (int) Math.min((long) from + limit, (long) start + length);
    for (int i = from; i < end; i++) {
      if (bytes[i] == 0) {
        return new String(bytes, from, i - from, StandardCharsets.ISO_8859_1);
      }
    }
    throw malformed(offset, "a string does not end within " + limit + " bytes");
  }

  public MalformedImageException malformed(long offset, String why) {
    return new MalformedImageException(what, offset, why);
  }

  private int at(long offset, long size) throws MalformedImageException {
    if (offset < 0 || size < 0 || offset > length || size > length - offset) {
      throw malformed(offset, size + " bytes do not lie in its " + length);
    }
    return start + (int) offset;
  }
}
