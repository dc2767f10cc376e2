// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.testing;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes the image of a kernel of 64 KiB that has a site of each kind, and kallsyms. */
public final class TestKernel {
  public static final long TEXT = 0xffffffff81000000L;
  public static final int TEXT_SIZE = 0x3000;

  /** Sites, as offsets in the text. */
  public static final int ALTERNATIVE = 0x100;

  public static final int PARAVIRT = 0x140;
  public static final int RETURN = 0x160;
  public static final int RETPOLINE = 0x180;
  public static final int LOCK = 0x1a0;
  public static final int ENDBR = 0x1c0;
  public static final int JUMP_LABEL = 0x1e0;
  public static final int JUMP_TARGET = 0x250;
  public static final int STATIC_CALL = 0x200;
  public static final int TRAMPOLINE = 0x220;
  public static final int TRACE = 0x240;
  public static final int CONSTANT_A = 0x260;
  public static final int CONSTANT_B = 0x270;

  /** An alternative of seven bytes whose last five are a return site. */
  public static final int WITHIN = 0x2a0;

  /** An indirect call that may be made a direct one. */
  public static final int DIRECT = 0x2c0;

  /** A field of 32 bits with an address, in no site. */
  public static final int RELOCATED = 0x280;

  public static final int RETURN_THUNK = 0x1000;
  public static final int THUNK_R8 = 0x1040;
  public static final int FUNCTION = 0x1080;
  public static final int TRACER = 0x10c0;

  /** Where the tables of sites are in the file. */
  public static final int TABLES_AT = TestElf.CONTENT + 0xa000;

  public static final int TABLES_END = TABLES_AT + 0x580;

  private static final int REPLACEMENTS = 0xb000;
  private static final int TABLES = 0xa000;
  private static final int TABLE = 0x80;
  private static final int LOADED = 0x10000;
  private static final int KALLSYMS = 0x4000;

  private final ByteBuffer loaded = ByteBuffer.allocate(LOADED).order(ByteOrder.LITTLE_ENDIAN);
  private final TestElf elf = new TestElf(loaded.array(), TEXT);
  private final Map<Long, String> symbols = new TreeMap<>();
  private final int alternativeSize;
  private int tables;

  private TestKernel(int alternativeSize) {
    this.alternativeSize = alternativeSize;
  }

  public static KernelImage image(int alternativeSize) throws MalformedImageException {
    return KernelImage.read(ImageBytes.of("a kernel", vmlinux(alternativeSize)));
  }

  /**
   * An ELF file and its relocations.
   *
   * @param alternativeSize of an entry: 12, or 14 where it has flags
   */
  public static byte[] vmlinux(int alternativeSize) {
    return new TestKernel(alternativeSize).make();
  }

  private byte[] make() {
    for (int i = 0; i < TEXT_SIZE; i++) {
      loaded.put(i, (byte) (0x40 + i % 13));
    }
    elf.section(".text", 1, 6, 0, TEXT_SIZE, 0);
    elf.section(".rodata", 1, 2, KALLSYMS, TABLES - KALLSYMS, 0);
    elf.section(".altinstr_replacement", 1, 6, REPLACEMENTS, 0x100, 0);
    code();
    tables();
    for (int i = 0; i < 300; i++) {
      symbols.put(TEXT + 0x2000 + i, "Tfiller_" + i);
    }
    kallsyms();
    return withRelocations(elf.bytes());
  }

  private void code() {
    symbol("__x86_return_thunk", RETURN_THUNK);
    symbol("__x86_indirect_thunk_r8", THUNK_R8);
    symbol("a_function", FUNCTION);
    symbol("ftrace_caller", TRACER);
    branch(ALTERNATIVE, 0xe8, FUNCTION);
    loaded.put(ALTERNATIVE + 5, new byte[] {(byte) 0x90, (byte) 0x90, (byte) 0x90});
    branch(REPLACEMENTS, 0xe8, TRACER);
    branch(WITHIN + 2, 0xe9, RETURN_THUNK);
    loaded.put(DIRECT, new byte[] {(byte) 0xff, 0x15, 0, 0, 0, 0});
    loaded.put(PARAVIRT, new byte[] {(byte) 0xff, 0x14, 0x25, 0, 0, 0, 0});
    branch(RETURN, 0xe9, RETURN_THUNK);
    branch(RETPOLINE, 0xe8, THUNK_R8);
    loaded.put(LOCK, (byte) 0xf0);
    loaded.put(ENDBR, new byte[] {(byte) 0xf3, 0x0f, 0x1e, (byte) 0xfa});
    loaded.put(JUMP_LABEL, new byte[] {0x0f, 0x1f, 0x44, 0, 0});
    branch(STATIC_CALL, 0xe8, TRAMPOLINE);
    branch(TRAMPOLINE, 0xe9, FUNCTION);
    symbol("__SCT__call", TRAMPOLINE);
    branch(TRACE, 0xe8, TRACER);
    loaded.putLong(CONSTANT_A, 0x0123456789abcdefL).putLong(CONSTANT_B, 0x0123456789abcdefL);
    loaded.putInt(RELOCATED, (int) (TEXT + 0x2000));
  }

  private void tables() {
    int table = section(".altinstructions", 3 * alternativeSize);
    alternative(table, ALTERNATIVE, 8, 0);
    alternative(table + alternativeSize, WITHIN, 7, 0);
    alternative(table + 2 * alternativeSize, DIRECT, 6, 2);
    table = section(".parainstructions", 16);
    loaded.putLong(table, TEXT + PARAVIRT).put(table + 9, (byte) 7);
    table = section(".return_sites", 8);
    self(table, RETURN);
    self(table + 4, WITHIN + 2);
    self(section(".retpoline_sites", 4), RETPOLINE);
    self(section(".smp_locks", 4), LOCK);
    self(section(".ibt_endbr_seal", 4), ENDBR);
    table = section("runtime_ptr_constant", 8);
    self(table, CONSTANT_A);
    self(table + 4, CONSTANT_B);
    table = between("__start___jump_table", "__stop___jump_table", 16);
    self(table, JUMP_LABEL);
    self(table + 4, JUMP_TARGET);
    self(between("__start_static_call_sites", "__stop_static_call_sites", 8), STATIC_CALL);
    loaded.putLong(between("__start_mcount_loc", "__stop_mcount_loc", 8), TEXT + TRACE);
  }

  private void alternative(int table, int site, int length, int flags) {
    self(table, site);
    self(table + 4, REPLACEMENTS);
    loaded.putShort(table + 8, (short) 7);
    if (alternativeSize == 14) {
      loaded.putShort(table + 10, (short) flags);
    }
    loaded.put(table + alternativeSize - 2, (byte) length);
    loaded.put(table + alternativeSize - 1, (byte) 5);
  }

  private int section(String name, int size) {
    int at = table();
    elf.section(name, 1, 2, at, size, 0);
    return at;
  }

  private int between(String start, String stop, int size) {
    int at = table();
    symbol(start, at);
    symbol(stop, at + size);
    return at;
  }

  private int table() {
    return TABLES + TABLE * tables++;
  }

  private void symbol(String name, int offset) {
    symbols.put(TEXT + offset, "T" + name);
  }

  private void self(int at, int target) {
    loaded.putInt(at, target - at);
  }

  private void branch(int at, int opcode, int target) {
    loaded.put(at, (byte) opcode).putInt(at + 1, target - at - 5);
  }

  /** As newer kernels have it: the addresses after the tokens. */
  private void kallsyms() {
    List<Integer> markers = new ArrayList<>();
    loaded.position(KALLSYMS);
    loaded.putLong(symbols.size());
    int names = loaded.position();
    int index = 0;
    for (String name : symbols.values()) {
      if (index++ % 256 == 0) {
        markers.add(loaded.position() - names);
      }
      loaded.put((byte) name.length());
      name.chars().forEach(c -> loaded.put((byte) c));
    }
    align();
    markers.forEach(loaded::putInt);
    align();
    tokens();
    align();
    symbols.keySet().forEach(address -> loaded.putInt((int) (TEXT - 1 - address)));
    align();
    loaded.putLong(TEXT);
  }

  private void tokens() {
    int start = loaded.position();
    short[] offsets = new short[256];
    for (int i = 0; i < 256; i++) {
      offsets[i] = (short) (loaded.position() - start);
      if (i > ' ' && i < 0x7f) {
        loaded.put((byte) i);
      }
      loaded.put((byte) 0);
    }
    align();
    for (short offset : offsets) {
      loaded.putShort(offset);
    }
  }

  private void align() {
    loaded.position((loaded.position() + 7) & -8);
  }

  private static byte[] withRelocations(byte[] elf) {
    int[] words = {0, (int) (TEXT + 0xc000), 0, 0, (int) (TEXT + RELOCATED)};
    ByteBuffer all =
        ByteBuffer.allocate(elf.length + 4 * words.length).order(ByteOrder.LITTLE_ENDIAN).put(elf);
    for (int word : words) {
      all.putInt(word);
    }
    return all.array();
  }
}
