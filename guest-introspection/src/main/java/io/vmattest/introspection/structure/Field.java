// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import io.vmattest.introspection.kernel.Btf;
import io.vmattest.introspection.kernel.BtfMember;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * A field of a struct, read of the instance at an address. How wide it is and which bits it has is
 * the kernel's own word, so that code names the field alone.
 */
public final class Field {
  private static final int MAX_TEXT = 4096;

  private final AddressSpace space;
  private final String name;
  private final long offset;
  private final long size;
  private final long elementSize;

  /** The lowest bit of a bit field within the word read; bits is 0 for what is no bit field. */
  private final int shift;

  private final int bits;

  private Field(
      AddressSpace space,
      String name,
      long offset,
      long size,
      long elementSize,
      int shift,
      int bits) {
    this.space = space;
    this.name = name;
    this.offset = offset;
    this.size = size;
    this.elementSize = elementSize;
    this.shift = shift;
    this.bits = bits;
  }

  static Field of(Btf types, AddressSpace space, String name, BtfMember member)
      throws MalformedGuestException {
    long size = types.size(member.typeId()).orElse(0);
    long elements = types.elements(member.typeId()).orElse(0);
    long each = elements > 0 ? size / elements : elementSize(types, member);
    int shift = (int) (member.bitOffset() & 7);
    int bits = member.bitfieldBits();
    // As many bytes as the bits of the field reach into, from the byte of its lowest one on.
    long wide = bits == 0 ? size : wordFor(shift + bits);
    return new Field(space, name, member.byteOffset(), wide, each, shift, bits);
  }

  /** As written in code: task_struct.comm. */
  public String name() {
    return name;
  }

  /** Within the struct, in bytes. */
  public long offset() {
    return offset;
  }

  /** In bytes. */
  public long size() {
    return size;
  }

  /** How many elements an array has; 0 for one of open length. */
  public long elements() {
    return elementSize == 0 ? 0 : size / elementSize;
  }

  /** Where the field of an instance lies; also for structs within structs. */
  public long at(long struct) {
    return struct + offset;
  }

  /** The instance whose field lies at an address: the kernel's container_of. */
  public long containerOf(long field) {
    return field - offset;
  }

  /**
   * Where an element of an array lies. The index is not checked against the array's length.
   *
   * @throws MalformedGuestException if it is no array
   */
  public long element(long struct, long index) throws MalformedGuestException {
    if (elementSize == 0) {
      throw unfit("no array");
    }
    return struct + offset + index * elementSize;
  }

  /**
   * The value of a number, a pointer, an enum, a bit field, without its sign, or of a struct or
   * array as large as a number.
   *
   * @throws MalformedGuestException if it is not there, or of another size
   */
  public long get(long struct) throws MalformedGuestException {
    long value = word(struct + offset);
    return bits == 0 || bits == 64 ? value : value >>> shift & ((1L << bits) - 1);
  }

  /** The same of a number that has a sign. */
  public long signed(long struct) throws MalformedGuestException {
    int unused = Long.SIZE - (bits == 0 ? (int) size * Byte.SIZE : bits);
    return get(struct) << unused >> unused;
  }

  /**
   * What a pointer holds, which is 0 or an address in the kernel's half.
   *
   * @throws MalformedGuestException if it is another value, or not there
   */
  public long pointer(long struct) throws MalformedGuestException {
    long value = get(struct);
    if (value > 0) {
      throw new MalformedGuestException(
          Reason.INVALID, struct + offset, "%s holds 0x%x".formatted(name, value));
    }
    return value;
  }

  /** The characters of an array up to the first zero, or all of them; a byte a character. */
  public String text(long struct) throws MalformedGuestException {
    byte[] bytes = space.bytes(struct + offset, size, MAX_TEXT);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
  }

  private long word(long address) throws MalformedGuestException {
    return switch ((int) Math.min(size, 9)) {
      case 1 -> space.u8(address);
      case 2 -> space.u16(address);
      case 4 -> space.u32(address);
      case 8 -> space.u64(address);
      default -> throw unfit("no number");
    };
  }

  private static long elementSize(Btf types, BtfMember member) throws MalformedGuestException {
    int array = types.elements(member.typeId()).isPresent() ? member.typeId() : 0;
    OptionalInt element = types.target(array);
    return element.isEmpty() ? 0 : types.size(element.getAsInt()).orElse(0);
  }

  private static int wordFor(int bits) {
    return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
  }

  private MalformedGuestException unfit(String why) {
    return new MalformedGuestException(Reason.INVALID, 0, "%s is %s".formatted(name, why));
  }
}
