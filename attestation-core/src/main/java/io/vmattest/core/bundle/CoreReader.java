// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.merkle.MerkleRootBuilder;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads an ELF64 core file (System V ABI, ET_CORE) from its beginning to its end, nothing of it
 * twice and little of it at a time.
 */
final class CoreReader {
  private static final int HEADER_SIZE = 64;
  private static final int PROGRAM_HEADER_SIZE = 56;

  /** ELFMAG, ELFCLASS64, ELFDATA2LSB, EV_CURRENT, in the order of the file. */
  private static final long IDENT = 0x00_01_01_02_46_4c_45_7fL;

  private static final short ET_CORE = 4;
  private static final int PT_LOAD = 1;
  private static final int PAGE = 4096;
  private static final int BUFFER = 1 << 20;

  /** A PC's RAM is in two or three pieces. */
  private static final int MOST_PROGRAM_HEADERS = 1024;

  private final InputStream input;
  private final CoreMeasure measure;
  private long position;

  /**
   * @param measure is given every byte
   */
  CoreReader(InputStream input, CoreMeasure measure) {
    this.input = new BufferedInputStream(input, BUFFER);
    this.measure = measure;
  }

  /** Empty if it is no core, or its memory is not one piece behind the headers, page by page. */
  Optional<CoreMemory> memory() throws IOException {
    ByteBuffer header = read(HEADER_SIZE);
    if (header.remaining() < HEADER_SIZE || !isCore(header)) {
      return Optional.empty();
    }
    int count = Short.toUnsignedInt(header.getShort(56));
    if (count > MOST_PROGRAM_HEADERS) {
      return Optional.empty();
    }
    OptionalLong length = length(read(count * PROGRAM_HEADER_SIZE));
    return length.isPresent() ? pages(length.getAsLong()) : Optional.empty();
  }

  /** Elf64_Ehdr: the program headers are right behind it. */
  private static boolean isCore(ByteBuffer header) {
    return header.getLong(0) == IDENT
        && header.getShort(16) == ET_CORE
        && header.getLong(32) == HEADER_SIZE
        && header.getShort(54) == PROGRAM_HEADER_SIZE;
  }

  private record Load(long offset, long address, long length) {
    /** A sum that is too large for the type is negative, and nothing follows that. */
    boolean isFollowedBy(Load next) {
      return offset + length == next.offset && address + length <= next.address;
    }

    boolean isWhole() {
      return offset >= 0 && address >= 0 && length > 0 && length % PAGE == 0;
    }
  }

  /** Bytes of memory; the next byte that is read is the first one of them. */
  private OptionalLong length(ByteBuffer headers) throws IOException {
    Optional<Load> last = Optional.empty();
    long length = 0;
    while (headers.remaining() >= PROGRAM_HEADER_SIZE) {
      ByteBuffer header = headers.slice().order(ByteOrder.LITTLE_ENDIAN);
      headers.position(headers.position() + PROGRAM_HEADER_SIZE);
      if (header.getInt(0) != PT_LOAD) {
        continue;
      }
      // Elf64_Phdr: p_offset, p_paddr, p_filesz, p_memsz.
      Load load = new Load(header.getLong(8), header.getLong(24), header.getLong(32));
      boolean follows = last.isPresent() ? last.get().isFollowedBy(load) : skipTo(load.offset());
      if (!load.isWhole() || header.getLong(40) != load.length() || !follows) {
        return OptionalLong.empty();
      }
      last = Optional.of(load);
      length += load.length();
    }
    return last.isPresent() ? OptionalLong.of(length) : OptionalLong.empty();
  }

  private boolean skipTo(long offset) throws IOException {
    while (position < offset && read((int) Math.min(BUFFER, offset - position)).hasRemaining()) {
      // What is read is measured.
    }
    return position == offset;
  }

  private Optional<CoreMemory> pages(long length) throws IOException {
    MerkleRootBuilder tree = new MerkleRootBuilder();
    for (long at = 0; at < length; at += PAGE) {
      byte[] page = read(PAGE).array();
      if (page.length < PAGE) {
        return Optional.empty();
      }
      tree.add(page);
    }
    return Optional.of(new CoreMemory(length, tree.root()));
  }

  /** Reads what is left. */
  void drain() throws IOException {
    while (read(BUFFER).hasRemaining()) {
      // What is read is measured.
    }
  }

  /** Fewer bytes only at the end. */
  private ByteBuffer read(int length) throws IOException {
    byte[] bytes = input.readNBytes(length);
    measure.write(bytes, 0, bytes.length);
    position += bytes.length;
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
