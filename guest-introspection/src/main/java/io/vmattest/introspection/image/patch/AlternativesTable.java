// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import io.vmattest.introspection.image.vmlinux.LoadedBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads .altinstructions. Its entries (s32 instructions, s32 replacement, u16 feature, in newer
 * kernels u16 flags, u8 length, u8 length of the replacement) do not tell their size, and a
 * kernel's version does not either where patches were taken back: it is the one at which all
 * entries make sense.
 */
final class AlternativesTable {
  private static final int WITHOUT_FLAGS = 12;
  private static final int WITH_FLAGS = 14;
  private static final int DIRECT_CALL = 1 << 1;

  /** Kernels have about 25 words of features; the top bit of the number may negate it. */
  private static final int MAX_FEATURE = 64 * 32;

  private static final int NOT = 1 << 15;

  private final CodeImage image;
  private final ElfSection table;
  private final ElfSection replacements;
  private final List<ElfSection> text;

  private AlternativesTable(CodeImage image, ElfSection table, ElfSection replacements) {
    this.image = image;
    this.table = table;
    this.replacements = replacements;
    this.text = image.sections().stream().filter(ElfSection::isText).toList();
  }

  static List<AlternativeSite> read(CodeImage image) throws MalformedImageException {
    Optional<AlternativesTable> table = of(image);
    return table.isPresent() ? table.get().sites() : List.of();
  }

  private static Optional<AlternativesTable> of(CodeImage image) {
    var table = image.section(".altinstructions");
    var replacements = image.section(".altinstr_replacement");
    return table.isPresent() && replacements.isPresent()
        ? Optional.of(new AlternativesTable(image, table.get(), replacements.get()))
        : Optional.empty();
  }

  private List<AlternativeSite> sites() throws MalformedImageException {
    int size = entrySize();
    Map<Long, AlternativeSite> byAddress = new TreeMap<>(Long::compareUnsigned);
    for (long at = 0; at < table.size(); at += size) {
      AlternativeSite entry = entry(table.address() + at, size);
      byAddress.merge(entry.address(), entry, AlternativesTable::both);
    }
    return List.copyOf(byAddress.values());
  }

  private int entrySize() throws MalformedImageException {
    boolean flags = isPlausible(WITH_FLAGS);
    boolean noFlags = isPlausible(WITHOUT_FLAGS);
    if (flags && noFlags && image.kernel().isPresent()) {
      // A module has so few that some make sense either way. It was built with the kernel.
      Optional<AlternativesTable> kernel = of(image.kernel().get());
      return kernel.isPresent() ? kernel.get().entrySize() : WITH_FLAGS;
    }
    if (flags == noFlags) {
      throw new MalformedImageException(
          table.name(), table.address(), "the size of an entry cannot be told");
    }
    return flags ? WITH_FLAGS : WITHOUT_FLAGS;
  }

  /** Nested alternatives have several entries, which the longest of them covers. */
  private static AlternativeSite both(AlternativeSite one, AlternativeSite other) {
    List<AlternativeSite.Replacement> all = new ArrayList<>(one.replacements());
    all.addAll(other.replacements());
    return new AlternativeSite(one.address(), Math.max(one.length(), other.length()), all);
  }

  private AlternativeSite entry(long at, int size) throws MalformedImageException {
    LoadedBytes bytes = image.loaded();
    int flags = size == WITH_FLAGS ? bytes.u16(at + 10) : 0;
    var replacement =
        new AlternativeSite.Replacement(
            bytes.selfRelative(at + 4), bytes.u8(at + size - 1), (flags & DIRECT_CALL) != 0);
    return new AlternativeSite(
        bytes.selfRelative(at), bytes.u8(at + size - 2), List.of(replacement));
  }

  private boolean isPlausible(int size) throws MalformedImageException {
    if (table.size() % size != 0) {
      return false;
    }
    for (long at = 0; at < table.size(); at += size) {
      long address = table.address() + at;
      int feature = image.loaded().u16(address + 8) & ~NOT;
      if (feature >= MAX_FEATURE || !isPlausible(entry(address, size))) {
        return false;
      }
    }
    return true;
  }

  private boolean isPlausible(AlternativeSite entry) {
    AlternativeSite.Replacement replacement = entry.replacements().get(0);
    return entry.length() > 0
        && replacement.length() <= entry.length()
        && replacements.contains(replacement.address(), replacement.length())
        && text.stream().anyMatch(section -> section.contains(entry.address(), entry.length()));
  }
}
