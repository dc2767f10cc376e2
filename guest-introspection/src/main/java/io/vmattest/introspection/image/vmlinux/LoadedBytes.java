// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;

/** A kernel's bytes by their link-time addresses. */
public final class LoadedBytes {
  private final ImageBytes bytes;
  private final long base;

  private LoadedBytes(ImageBytes bytes, long base) {
    this.bytes = bytes;
    this.base = base;
  }

  /**
   * @param base the address of the first byte; the bytes must not be changed any more
   */
  public static LoadedBytes of(byte[] bytes, long base) {
    return new LoadedBytes(ImageBytes.of("the loaded kernel", bytes), base);
  }

  /** The address of the first byte. */
  public long base() {
    return base;
  }

  public int length() {
    return bytes.length();
  }

  /** Whether they have all these. */
  public boolean contains(long address, long size) {
    long offset = address - base;
    return offset >= 0 && size >= 0 && offset <= length() && size <= length() - offset;
  }

  public int u8(long address) throws MalformedImageException {
    return bytes.u8(address - base);
  }

  public int u16(long address) throws MalformedImageException {
    return bytes.u16(address - base);
  }

  public int s32(long address) throws MalformedImageException {
    return bytes.s32(address - base);
  }

  public long u64(long address) throws MalformedImageException {
    return bytes.u64(address - base);
  }

  /** The address that a field of 32 bits holds relative to its own. */
  public long selfRelative(long address) throws MalformedImageException {
    return address + s32(address);
  }

  public byte[] copy(long address, long size) throws MalformedImageException {
    return bytes.copy(address - base, size);
  }

  /** Copies bytes to the beginning of an array that has room for them. */
  public void copyTo(long address, byte[] target, int size) throws MalformedImageException {
    bytes.copyTo(address - base, target, 0, size);
  }

  public ImageBytes part(long address, long size) throws MalformedImageException {
    return bytes.part("the loaded kernel", address - base, size);
  }

  ImageBytes all() {
    return bytes;
  }
}
