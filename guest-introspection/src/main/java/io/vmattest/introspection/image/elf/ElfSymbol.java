// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.elf;

/**
 * A symbol (Elf64_Sym).
 *
 * @param section st_shndx; 0 where the symbol is another's
 * @param value st_value: in a module the offset in its section, in a kernel the address
 * @param size st_size in bytes
 * @param info st_info: binding and type
 */
public record ElfSymbol(String name, int section, long value, long size, int info) {
  /** Whether it names a function (STT_FUNC). */
  public boolean isFunction() {
    return (info & 0xf) == 2;
  }
}
