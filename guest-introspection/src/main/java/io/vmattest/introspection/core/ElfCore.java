// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.core;

import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/**
 * A guest as an ELF64 core file (System V ABI, ET_CORE), as {@code virsh dump --memory-only} has
 * it: a PT_NOTE with the vCPUs and the kernel's VMCOREINFO, and a PT_LOAD for each range of guest
 * physical memory. Virtual addresses are the physical ones, so that a debugger that knows of no
 * page tables reads memory by these.
 */
public final class ElfCore {
  private static final int HEADER_SIZE = 64;
  private static final int PROGRAM_HEADER_SIZE = 56;
  private static final byte[] IDENT = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  private static final short ET_CORE = 4;
  private static final short EM_X86_64 = 62;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int READ_WRITE_EXECUTE = 7;
  private static final int PAGE = 4096;
  private static final int CHUNK = 1 << 20;

  /** A count that stands in e_phnum itself. */
  private static final int MAX_RANGES = 0xfffe - 1;

  private final GuestMemory memory;
  private final List<PhysicalRange> ranges;
  private final byte[] notes;

  /**
   * @param vcpus in their order
   * @param vmcoreinfo text of the guest's kernel; empty where it is not known
   * @throws IllegalArgumentException if the memory is in more pieces than a core can have
   */
  public ElfCore(GuestMemory memory, List<CoreRegisters> vcpus, byte[] vmcoreinfo) {
    this.memory = memory;
    this.ranges = List.copyOf(memory.ranges());
    this.notes = CoreNotes.of(vcpus, vmcoreinfo);
    if (ranges.size() > MAX_RANGES) {
      throw new IllegalArgumentException("a core of " + ranges.size() + " ranges of memory");
    }
  }

  /** Bytes that it will have. */
  public long size() {
    return memoryOffset() + ranges.stream().mapToLong(PhysicalRange::length).sum();
  }

  /**
   * Writes it from its beginning on.
   *
   * @throws EOFException if memory that is said to be backed is not
   * @throws java.io.UncheckedIOException if memory cannot be read
   */
  public void write(WritableByteChannel target) throws IOException {
    writeAll(target, headers());
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
    for (PhysicalRange range : ranges) {
      for (long at = range.start(); at < range.end(); at += CHUNK) {
        chunk.clear().limit((int) Math.min(CHUNK, range.end() - at));
        read(at, chunk);
        writeAll(target, chunk.flip());
      }
    }
  }

  private void read(long from, ByteBuffer chunk) throws EOFException {
    while (chunk.hasRemaining()) {
      // A read moves the position on.
      if (memory.read(from + chunk.position(), chunk) <= 0) {
        throw new EOFException(
            "no memory at 0x%x, where some was said to be".formatted(from + chunk.position()));
      }
    }
  }

  private static void writeAll(WritableByteChannel target, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      target.write(bytes);
    }
  }

  /** Everything before the memory. */
  private ByteBuffer headers() {
    ByteBuffer headers =
        ByteBuffer.allocate((int) memoryOffset()).order(ByteOrder.LITTLE_ENDIAN).put(IDENT);
    headers.putShort(ET_CORE).putShort(EM_X86_64).putInt(1).putLong(0).putLong(HEADER_SIZE);
    headers.putLong(0).putInt(0).putShort((short) HEADER_SIZE);
    headers.putShort((short) PROGRAM_HEADER_SIZE).putShort((short) (ranges.size() + 1));
    headers.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    programHeader(headers, PT_NOTE, 0, notesOffset(), 0, notes.length, 4);
    long offset = memoryOffset();
    for (PhysicalRange range : ranges) {
      programHeader(
          headers, PT_LOAD, READ_WRITE_EXECUTE, offset, range.start(), range.length(), PAGE);
      offset += range.length();
    }
    return headers.put(notes).rewind();
  }

  /** Elf64_Phdr. */
  private static void programHeader(
      ByteBuffer headers, int type, int flags, long offset, long address, long size, long align) {
    headers.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address);
    headers.putLong(size).putLong(size).putLong(align);
  }

  private long notesOffset() {
    return HEADER_SIZE + (ranges.size() + 1L) * PROGRAM_HEADER_SIZE;
  }

  /** At a page's start, as addresses are: p_vaddr and p_offset agree modulo p_align. */
  private long memoryOffset() {
    return (notesOffset() + notes.length + PAGE - 1) & -PAGE;
  }
}
