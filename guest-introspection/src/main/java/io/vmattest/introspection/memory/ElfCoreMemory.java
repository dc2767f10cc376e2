// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The core file that {@code virsh dump --memory-only} and QMP dump-guest-memory write: ELF64, a
 * PT_LOAD with its physical address for each piece of RAM, and QEMU's notes of the vCPUs.
 */
public final class ElfCoreMemory implements GuestMemory, AutoCloseable {
  private static final int HEADER_SIZE = 64;
  private static final int PROGRAM_HEADER_SIZE = 56;
  private static final int MAX_PROGRAM_HEADERS = 4096;
  private static final int MAX_NOTES = 16 << 20;
  private static final int CLASS64_DATA_LITTLE_ENDIAN = 0x0201;
  private static final int ET_CORE = 4;
  private static final int EM_X86_64 = 62;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;

  private final FileChannel channel;
  private final ExtentMemory memory;
  private final List<VcpuRegisters> vcpus;

  private ElfCoreMemory(FileChannel channel, ExtentMemory memory, List<VcpuRegisters> vcpus) {
    this.channel = channel;
    this.memory = memory;
    this.vcpus = List.copyOf(vcpus);
  }

  /**
   * Reads the headers and the vCPUs.
   *
   * @throws MalformedCoreException if it is not such a file, or one of a guest other than x86-64
   */
  public static ElfCoreMemory open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return read(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** In the order of the vCPUs; empty if the file has no notes by QEMU. */
  public List<VcpuRegisters> vcpus() {
    return vcpus;
  }

  @Override
  public int read(long guestPhysicalAddress, ByteBuffer target) {
    return memory.read(guestPhysicalAddress, target);
  }

  @Override
  public List<PhysicalRange> ranges() {
    return memory.ranges();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static ElfCoreMemory read(FileChannel channel) throws IOException {
    ByteBuffer headers = programHeaders(channel);
    List<Extent> extents = new ArrayList<>();
    List<VcpuRegisters> vcpus = new ArrayList<>();
    while (headers.hasRemaining()) {
      ByteBuffer header = headers.slice().order(ByteOrder.LITTLE_ENDIAN);
      headers.position(headers.position() + PROGRAM_HEADER_SIZE);
      int type = header.getInt(0);
      long offset = header.getLong(8);
      long size = header.getLong(32);
      if (type == PT_LOAD && size != 0) {
        extents.add(extent(header.getLong(24), size, offset));
      } else if (type == PT_NOTE) {
        vcpus.addAll(QemuCpuNotes.read(piece(channel, offset, size, MAX_NOTES)));
      }
    }
    return new ElfCoreMemory(channel, memory(channel, extents), vcpus);
  }

  private static ByteBuffer programHeaders(FileChannel channel) throws IOException {
    ByteBuffer header = piece(channel, 0, HEADER_SIZE, HEADER_SIZE);
    boolean elf = header.order(ByteOrder.BIG_ENDIAN).getInt(0) == 0x7f454c46;
    int kind = header.getShort(4);
    header.order(ByteOrder.LITTLE_ENDIAN);
    if (!elf
        || kind != CLASS64_DATA_LITTLE_ENDIAN
        || header.getShort(16) != ET_CORE
        || header.getShort(18) != EM_X86_64
        || header.getShort(54) != PROGRAM_HEADER_SIZE) {
      throw new MalformedCoreException("not an ELF64 core file of an x86-64 machine");
    }
    int count = Short.toUnsignedInt(header.getShort(56));
    if (count > MAX_PROGRAM_HEADERS) {
      throw new MalformedCoreException("has " + count + " program headers");
    }
    long size = (long) count * PROGRAM_HEADER_SIZE;
    return piece(channel, header.getLong(32), size, MAX_PROGRAM_HEADERS * PROGRAM_HEADER_SIZE);
  }

  private static Extent extent(long physical, long size, long offset) throws IOException {
    try {
      return Extent.of(physical, size, offset);
    } catch (IllegalArgumentException e) {
      throw new MalformedCoreException("has a PT_LOAD outside of any memory: " + e.getMessage());
    }
  }

  private static ExtentMemory memory(FileChannel channel, List<Extent> extents) throws IOException {
    try {
      return new ExtentMemory(channel::read, extents);
    } catch (IllegalArgumentException e) {
      throw new MalformedCoreException("has PT_LOADs that overlap: " + e.getMessage());
    }
  }

  private static ByteBuffer piece(FileChannel channel, long offset, long size, int limit)
      throws IOException {
    if (offset < 0 || size < 0 || size > limit || offset > channel.size() - size) {
      throw new MalformedCoreException("has no 0x%x bytes at offset 0x%x".formatted(size, offset));
    }
    ByteBuffer piece = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
    while (piece.hasRemaining()) {
      if (channel.read(piece, offset + piece.position()) < 0) {
        throw new MalformedCoreException("ends while it is read");
      }
    }
    return piece.flip();
  }
}
