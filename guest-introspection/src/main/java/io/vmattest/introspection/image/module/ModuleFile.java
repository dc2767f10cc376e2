// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.module;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfImage;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.elf.ElfSymbol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A module as its file has it: sections without a place, and relocations. */
public final class ModuleFile {
  private static final String RELOCATIONS = ".rela";
  private static final int ENTRY = 24;
  private static final int MAX_RELOCATIONS = 1 << 20;

  private final ElfImage elf;
  private final List<ElfSymbol> symbols;

  private ModuleFile(ElfImage elf, List<ElfSymbol> symbols) {
    this.elf = elf;
    this.symbols = symbols;
  }

  /**
   * @param file no longer compressed; a signature may follow it
   */
  public static ModuleFile read(ImageBytes file) throws MalformedImageException {
    ElfImage elf = ElfImage.read(file);
    return new ModuleFile(elf, elf.symbols());
  }

  public List<ElfSection> sections() {
    return elf.sections();
  }

  public List<ElfSymbol> symbols() {
    return symbols;
  }

  /** How many bytes of code it has, in all sections. */
  public long codeSize() {
    return elf.sections().stream()
        .filter(section -> section.isText() && section.hasContent())
        .mapToLong(ElfSection::size)
        .sum();
  }

  ImageBytes content(ElfSection section) throws MalformedImageException {
    return elf.content(section);
  }

  /**
   * A relocation (Elf64_Rela).
   *
   * @param offset in the section
   */
  record Relocation(long offset, int type, ElfSymbol symbol, long addend) {}

  /** Those of a section. */
  List<Relocation> relocations(ElfSection section) throws MalformedImageException {
    Optional<ElfSection> table = elf.section(RELOCATIONS + section.name());
    if (table.isEmpty()) {
      return List.of();
    }
    ImageBytes entries = elf.content(table.get());
    if (entries.length() / ENTRY > MAX_RELOCATIONS) {
      throw entries.malformed(0, "has too many relocations");
    }
    List<Relocation> all = new ArrayList<>(entries.length() / ENTRY);
    for (long at = 0; at + ENTRY <= entries.length(); at += ENTRY) {
      long symbol = entries.u32(at + 12);
      if (symbol >= symbols.size()) {
        throw entries.malformed(at, "is by symbol " + symbol + ", of which there is none");
      }
      all.add(
          new Relocation(
              entries.u64(at),
              entries.s32(at + 8),
              symbols.get((int) symbol),
              entries.u64(at + 16)));
    }
    return all;
  }
}
