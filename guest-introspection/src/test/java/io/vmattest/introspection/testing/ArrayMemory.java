// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Memory of a guest that a test writes, from physical address 0 on. */
public final class ArrayMemory implements GuestMemory {
  private final ByteBuffer bytes;

  public ArrayMemory(int size) {
    bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  public ArrayMemory copy() {
    ArrayMemory copy = new ArrayMemory(bytes.capacity());
    copy.bytes.put(0, bytes, 0, bytes.capacity());
    return copy;
  }

  public int size() {
    return bytes.capacity();
  }

  public long get64(long physical) {
    return bytes.getLong((int) physical);
  }

  public void put64(long physical, long value) {
    bytes.putLong((int) physical, value);
  }

  public void put(long physical, byte[] value) {
    bytes.put((int) physical, value);
  }

  @Override
  public int read(long address, ByteBuffer target) {
    if (address < 0 || address >= bytes.capacity()) {
      return 0;
    }
    int count = (int) Math.min(target.remaining(), bytes.capacity() - address);
    target.put(bytes.duplicate().position((int) address).limit((int) address + count));
    return count;
  }

  @Override
  public List<PhysicalRange> ranges() {
    return List.of(new PhysicalRange(0, bytes.capacity()));
  }
}
