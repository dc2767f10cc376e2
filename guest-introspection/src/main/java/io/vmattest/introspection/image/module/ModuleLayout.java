// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.module;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.elf.ElfSymbol;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import io.vmattest.introspection.image.vmlinux.ImageSymbols;
import io.vmattest.introspection.image.vmlinux.LoadedBytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** Makes a {@link ModuleImage} (Linux, kernel/module/main.c, arch/x86/kernel/module.c). */
final class ModuleLayout {
  private static final int MAX_SIZE = 128 << 20;
  private static final long NEAR = 64 << 20;
  private static final int ALIGNMENT = 16;
  private static final int ABSOLUTE = 0xfff1;
  private static final int COMMON = 0xfff2;

  private static final int R_64 = 1;
  private static final int R_PC32 = 2;
  private static final int R_PLT32 = 4;
  private static final int R_32 = 10;
  private static final int R_32S = 11;
  private static final int R_PC64 = 24;

  private static final VarHandle U32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle U64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** What is freed when the module has started, and the tables: none is compared. */
  private static final Set<String> BEHIND =
      Set.of(
          ".init.text",
          ".altinstructions",
          ".parainstructions",
          ".return_sites",
          ".retpoline_sites",
          ".smp_locks",
          ".ibt_endbr_seal",
          "__jump_table",
          ".static_call_sites",
          "__mcount_loc");

  private static final String CONSTANTS = "runtime_";

  private final ModuleFile file;
  private final ModulePlace place;
  private final CodeImage kernel;
  private final Map<ElfSection, Long> behind = new HashMap<>();
  private final List<ModuleImage.Field> fields = new ArrayList<>();
  private final byte[] live;
  private byte[] bytes = new byte[0];

  ModuleLayout(ModuleFile file, ModulePlace place, CodeImage kernel, byte[] live) {
    this.live = live;
    this.file = file;
    this.place = place;
    this.kernel = kernel;
  }

  ModuleImage image() throws MalformedImageException {
    List<ElfSection> sections = new ArrayList<>();
    ElfSection text = section(".text", 6, place.text(), place.textSize());
    sections.add(text);
    long end = place.textSize();
    sections.addAll(replacements());
    for (ElfSection section : file.sections()) {
      if (isBehind(section)) {
        end = (end + ALIGNMENT - 1) & -ALIGNMENT;
        behind.put(section, place.text() + end);
        sections.add(section(section.name(), section.flags(), place.text() + end, section.size()));
        end += section.size();
        if (end > MAX_SIZE) {
          throw malformed(section.name(), "the module is too large");
        }
      }
    }
    bytes = new byte[(int) end];
    for (ElfSection section : file.sections()) {
      if (behind.containsKey(section) || isCode(section)) {
        load(section);
      }
    }
    return new ModuleImage(
        LoadedBytes.of(bytes, place.text()), text, sections, symbols(), kernel, fields);
  }

  /** The instructions for alternatives are code like other. */
  private List<ElfSection> replacements() {
    return file.sections().stream()
        .filter(section -> section.name().equals(".altinstr_replacement"))
        .map(it -> section(it.name(), it.flags(), placed(it.name()), it.size()))
        .toList();
  }

  private static ElfSection section(String name, long flags, long address, long size) {
    return new ElfSection(name, 1, flags, address, 0, size, 0);
  }

  private static boolean isBehind(ElfSection section) {
    return section.hasContent()
        && (BEHIND.contains(section.name()) || section.name().startsWith(CONSTANTS));
  }

  private boolean isCode(ElfSection section) {
    return section.isText() && section.size() > 0 && !isBehind(section);
  }

  private void load(ElfSection section) throws MalformedImageException {
    boolean code = !behind.containsKey(section);
    long address = code ? placed(section.name()) : behind.getOrDefault(section, 0L);
    long start = address - place.text();
    long limit = code ? place.textSize() : bytes.length;
    if (start < 0 || start > limit || section.size() > limit - start) {
      throw malformed(section.name(), "does not lie in the module's code");
    }
    file.content(section).copyTo(0, bytes, (int) start, (int) section.size());
    for (ModuleFile.Relocation relocation : file.relocations(section)) {
      relocate(relocation, section, (int) start, code);
    }
  }

  private void relocate(
      ModuleFile.Relocation relocation, ElfSection section, int start, boolean code)
      throws MalformedImageException {
    int width = relocation.type() == R_64 || relocation.type() == R_PC64 ? 8 : 4;
    if (relocation.offset() < 0 || relocation.offset() > section.size() - width) {
      throw malformed(section.name(), "a relocation lies outside");
    }
    int at = start + (int) relocation.offset();
    if (code && isOfNothing(relocation.symbol())) {
      ofNothing(relocation.type(), at, width);
      return;
    }
    long symbol = value(relocation.symbol(), code) + relocation.addend();
    // Tables are read by where the kernel was linked, code holds where it is.
    long absolute = code ? place.live(symbol) : symbol;
    long relative = place.live(symbol) - place.live(place.text() + at);
    switch (relocation.type()) {
      case R_64 -> U64.set(bytes, at, absolute);
      case R_32, R_32S -> U32.set(bytes, at, (int) absolute);
      case R_PC32, R_PLT32 -> U32.set(bytes, at, (int) relative);
      case R_PC64 -> U64.set(bytes, at, relative);
      case 0 -> {}
      default -> throw malformed(section.name(), "has relocations of type " + relocation.type());
    }
    if (code) {
      fields.add(new ModuleImage.Field(at, width));
    }
  }

  /** Whether it lies in an empty section, such as of locks that are nothing in most kernels. */
  private boolean isOfNothing(ElfSymbol symbol) {
    int number = symbol.section();
    return number > 0 && number < file.sections().size() && file.sections().get(number).size() == 0;
  }

  /** The kernel does not keep where it put it. It must be near the module. */
  private void ofNothing(int type, int at, int width) throws MalformedImageException {
    long value = width == 8 ? (long) U64.get(live, at) : (int) U32.get(live, at);
    boolean absolute = type == R_64 || type == R_32S || type == R_32;
    long distance = absolute ? value - place.live(place.text()) : value;
    if (Math.abs(distance) > NEAR) {
      throw malformed("an empty section", "is far from its module");
    }
    System.arraycopy(live, at, bytes, at, width);
    fields.add(new ModuleImage.Field(at, width));
  }

  private long value(ElfSymbol symbol, boolean code) throws MalformedImageException {
    if (symbol.section() == 0) {
      OptionalLong found = place.exports().apply(symbol.name());
      boolean weak = symbol.info() >>> 4 == 2;
      if (found.isEmpty() && !weak && !symbol.name().isEmpty()) {
        throw malformed(symbol.name(), "is exported by nothing that is loaded");
      }
      return found.orElse(0);
    }
    if (symbol.section() == ABSOLUTE) {
      return symbol.value();
    }
    if (symbol.section() == COMMON || symbol.section() >= file.sections().size()) {
      throw malformed(symbol.name(), "is in section " + symbol.section());
    }
    ElfSection section = file.sections().get(symbol.section());
    Long own = code ? null : behind.get(section);
    return symbol.value() + (own != null ? own : placed(section.name()));
  }

  /** 0 for what was not loaded. */
  private long placed(String section) {
    return place.sections().getOrDefault(section, 0L);
  }

  /** Of functions and labels in the code; of those of one name each. */
  private ImageSymbols symbols() {
    Map<String, Long> own = new HashMap<>();
    for (ElfSymbol symbol : file.symbols()) {
      int number = symbol.section();
      if (number > 0 && number < file.sections().size() && !symbol.name().isEmpty()) {
        ElfSection section = file.sections().get(number);
        if (isCode(section)) {
          long address = placed(section.name()) + symbol.value();
          if (own.putIfAbsent(symbol.name(), address) != null) {
            own.put("%s@%x".formatted(symbol.name(), address), address);
          }
        }
      }
    }
    return ImageSymbols.ofModule(own, kernel.symbols());
  }

  private static MalformedImageException malformed(String what, String why) {
    return new MalformedImageException(what, 0, why);
  }
}
