// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.elf;

/**
 * A section header (Elf64_Shdr).
 *
 * @param type sh_type
 * @param flags sh_flags
 * @param address sh_addr; 0 in a module
 * @param offset sh_offset in the file
 * @param size sh_size in bytes; within the file, but for NOBITS
 * @param link sh_link: the string table of a symbol table
 */
public record ElfSection(
    String name, int type, long flags, long address, long offset, long size, int link) {
  static final int SYMTAB = 2;
  static final int NOBITS = 8;

  private static final long ALLOC = 2;
  private static final long EXECINSTR = 4;

  /** Whether the file has bytes for it. */
  public boolean hasContent() {
    return type != NOBITS;
  }

  /** Whether it holds instructions that are loaded. */
  public boolean isText() {
    return (flags & (ALLOC | EXECINSTR)) == (ALLOC | EXECINSTR);
  }

  /** Whether an address range lies in it; addresses compare as unsigned. */
  public boolean contains(long start, long length) {
    long offset = start - address;
    return length >= 0
        && Long.compareUnsigned(offset, size) <= 0
        && Long.compareUnsigned(length, size - offset) <= 0;
  }
}
