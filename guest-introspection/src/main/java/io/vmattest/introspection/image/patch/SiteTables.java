// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import io.vmattest.introspection.image.vmlinux.LoadedBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Reads the tables of sites but for alternatives: by their sections, or by their symbols. */
final class SiteTables {
  private static final int MAX_ENTRIES = 1 << 20;
  private static final String POINTER_CONSTANT = "runtime_ptr_";
  private static final String SHIFT_CONSTANT = "runtime_shift_";
  private static final List<String> TRACER_CALLS =
      List.of("ftrace_call", "ftrace_regs_call", "ftrace_graph_call");
  private static final String TRAMPOLINE = "__SCT__";

  private final CodeImage image;
  private final LoadedBytes bytes;
  private final List<PatchSite> sites = new ArrayList<>();

  private SiteTables(CodeImage image) {
    this.image = image;
    this.bytes = image.loaded();
  }

  static List<PatchSite> read(CodeImage image) throws MalformedImageException {
    SiteTables tables = new SiteTables(image);
    tables.section(".parainstructions", 16, tables::paravirt);
    tables.section(".return_sites", 4, at -> new ReturnSite(tables.bytes.selfRelative(at)));
    tables.section(".retpoline_sites", 4, tables::retpoline);
    tables.section(".smp_locks", 4, tables::lockPrefix);
    tables.section(".ibt_endbr_seal", 4, at -> new EndbrSite(tables.bytes.selfRelative(at)));
    tables.constants();
    Entry trace = at -> new FunctionTraceSite(tables.bytes.u64(at));
    // A kernel has these between symbols, a module as sections.
    tables.between("__start___jump_table", "__stop___jump_table", 16, tables::jumpLabel);
    tables.section("__jump_table", 16, tables::jumpLabel);
    tables.between("__start_static_call_sites", "__stop_static_call_sites", 8, tables::staticCall);
    tables.section(".static_call_sites", 8, tables::staticCall);
    tables.between("__start_mcount_loc", "__stop_mcount_loc", 8, trace);
    tables.section("__mcount_loc", 8, trace);
    tables.trampolines();
    tables.tracers();
    return tables.sites;
  }

  /** Makes a site of the entry at an address. */
  private interface Entry {
    PatchSite site(long at) throws MalformedImageException;
  }

  private void section(String name, int size, Entry entry) throws MalformedImageException {
    var section = image.section(name);
    if (section.isPresent()) {
      table(name, section.get().address(), section.get().size(), size, entry);
    }
  }

  private void between(String start, String stop, int size, Entry entry)
      throws MalformedImageException {
    OptionalLong first = image.symbols().own(start);
    if (first.isPresent()) {
      long length = image.symbols().required(stop) - first.getAsLong();
      table(start, first.getAsLong(), length, size, entry);
    }
  }

  private void table(String name, long start, long length, int size, Entry entry)
      throws MalformedImageException {
    // .smp_locks fills its pages with zeros.
    long count = length / size;
    if (length < 0 || count > MAX_ENTRIES) {
      throw new MalformedImageException(name, start, "has " + length + " bytes of entries");
    }
    for (long i = 0; i < count; i++) {
      sites.add(entry.site(start + i * size));
    }
  }

  private PatchSite paravirt(long at) throws MalformedImageException {
    long address = bytes.u64(at);
    int length = bytes.u8(at + 9);
    if (length < Instructions.BRANCH_SIZE) {
      throw malformed(address, "no call fits into " + length + " bytes");
    }
    return new ParavirtSite(address, length, bytes.u8(at + 8));
  }

  private PatchSite retpoline(long at) throws MalformedImageException {
    long address = bytes.selfRelative(at);
    return new RetpolineSite(address, branchLength(address));
  }

  private PatchSite lockPrefix(long at) throws MalformedImageException {
    return new LockPrefixSite(bytes.selfRelative(at));
  }

  private PatchSite jumpLabel(long at) throws MalformedImageException {
    long address = bytes.selfRelative(at);
    int first = bytes.u8(address);
    boolean isShort = first == Instructions.JMP_SHORT || first == 0x66;
    if (!isShort && first != Instructions.JMP && first != 0x0f) {
      throw malformed(address, "a jump label is neither a jump nor a nop");
    }
    return new JumpLabelSite(
        address,
        isShort ? 2 : Instructions.BRANCH_SIZE,
        bytes.selfRelative(at + 4),
        key(at + 8, bytes.u64(at + 8)),
        (bytes.u8(at + 8) & 1) != 0);
  }

  private PatchSite staticCall(long at) throws MalformedImageException {
    long address = bytes.selfRelative(at);
    return new StaticCallSite(address, branchLength(address), key(at + 4, bytes.s32(at + 4)));
  }

  /** A field that is relative to itself, and whose two low bits tell other things. */
  private static long key(long at, long field) {
    return at + (field & ~3L);
  }

  private int branchLength(long address) throws MalformedImageException {
    int first = bytes.u8(address);
    if (first == Instructions.CALL || first == Instructions.JMP) {
      return Instructions.BRANCH_SIZE;
    }
    int second = bytes.u8(address + 1);
    boolean prefixed =
        first == Instructions.CS_PREFIX
            && (second == Instructions.CALL || second == Instructions.JMP);
    if (!prefixed && !Instructions.isConditional(first, second)) {
      throw malformed(address, "a site of branches holds 0x%x 0x%x".formatted(first, second));
    }
    return Instructions.BRANCH_SIZE + 1;
  }

  private void constants() throws MalformedImageException {
    for (ElfSection section : image.sections()) {
      String name = section.name();
      int length = name.startsWith(POINTER_CONSTANT) ? 8 : name.startsWith(SHIFT_CONSTANT) ? 1 : 0;
      if (length > 0) {
        table(
            name,
            section.address(),
            section.size(),
            4,
            at -> new RuntimeConstantSite(name, bytes.selfRelative(at), length));
      }
    }
  }

  private void trampolines() {
    image
        .symbols()
        .forEach(
            (name, address) -> {
              if (name.startsWith(TRAMPOLINE)) {
                sites.add(new StaticCallTrampoline(address, name.substring(TRAMPOLINE.length())));
              }
            });
  }

  private void tracers() {
    for (String name : TRACER_CALLS) {
      image.symbols().own(name).ifPresent(at -> sites.add(new TracerCallSite(at)));
    }
  }

  private static MalformedImageException malformed(long address, String why) {
    return new MalformedImageException("a patch site", address, why);
  }
}
