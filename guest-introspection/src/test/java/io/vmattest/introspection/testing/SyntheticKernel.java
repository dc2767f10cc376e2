// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import io.vmattest.introspection.memory.VcpuRegisters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** A megabyte of guest with all that a kernel is found by; its layout is the one of the fields. */
public final class SyntheticKernel {
  public static final int SIZE = 1 << 20;
  public static final long DIRECT_MAP = 0xffff_8880_0000_0000L;
  public static final long IMAGE = 0xffff_ffff_9a00_0000L;

  /** Physical addresses. */
  public static final long INFO = 0x2_0000;

  public static final long NOTE = 0x2_2000;
  public static final long IMAGE_AT = 0x4_0000;
  public static final int IMAGE_PAGES = 0x40;
  public static final long PAGE_TABLES = IMAGE_AT + 0x2000;
  public static final long USER_PAGE_TABLES = PAGE_TABLES + 0x1000;
  public static final long FREE = 0xc_0000;

  private static final long NEW_TABLES = 0x9_0000;
  private static final long IDT_ALIAS = 0xffff_fe00_0000_0000L;
  private static final long PER_CPU = DIRECT_MAP + 0x1_0000;

  private final ArrayMemory memory = new ArrayMemory(SIZE);
  private final int levels;
  private final Map<Long, String> symbols = new TreeMap<>(Long::compareUnsigned);
  private final String info;

  /**
   * @param levels of page tables, 4 or 5
   */
  public SyntheticKernel(int levels) {
    this(levels, BtfWriter.sample());
  }

  /**
   * @param btf its types, at most 128 KiB
   */
  public SyntheticKernel(int levels, byte[] btf) {
    this.levels = levels;
    PageTableWriter tables = new PageTableWriter(memory, PAGE_TABLES, levels, NEW_TABLES);
    tables.mapPages(IMAGE, IMAGE_AT, IMAGE_PAGES);
    tables.mapPages(DIRECT_MAP, 0, SIZE / 4096);
    tables.map(IDT_ALIAS, IMAGE_AT + 0x1000, 12);
    symbols.put(0x1a0L, "Acpu_info");
    for (String placed :
        List.of(
            "0:T_stext",
            "1000:Didt_table",
            "2000:Dswapper_pg_dir",
            "4000:Bvmcoreinfo_data",
            "4008:Bvmcoreinfo_note",
            "4010:D__per_cpu_offset",
            "4100:tshared",
            "4200:tshared",
            "4300:D" + "long_name_".repeat(20),
            "20000:D__start_BTF")) {
      int colon = placed.indexOf(':');
      symbol(Long.parseLong(placed.substring(0, colon), 16), placed.substring(colon + 1));
    }
    put(0x2_0000, btf);
    symbol(0x2_0000L + btf.length, "D__stop_BTF");
    put64(0x4000, DIRECT_MAP + INFO);
    put64(0x4008, DIRECT_MAP + NOTE);
    put64(0x4010, PER_CPU);
    putKallsyms();
    info = infoText();
    putInfo(INFO, info);
    putInfo(NOTE + 24, info);
  }

  public ArrayMemory memory() {
    return memory;
  }

  public Map<Long, String> symbols() {
    return symbols;
  }

  public String info() {
    return info;
  }

  /** VMCOREINFO text at a physical address. */
  public void putInfo(long physical, String text) {
    memory.put(physical, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** A vCPU in the kernel. */
  public VcpuRegisters vcpu() {
    return vcpu(PAGE_TABLES);
  }

  public VcpuRegisters vcpu(long cr3) {
    long cr4 = levels == 5 ? 0x1020 : 0x20;
    return new VcpuRegisters(0x8005_0033L, cr3, cr4, IDT_ALIAS, 0, OptionalLong.of(PER_CPU));
  }

  private void symbol(long offset, String typeAndName) {
    symbols.put(IMAGE + offset, typeAndName);
  }

  /** At 0x8000 count and base, from 0xa000 tokens, from 0xc000 offsets, from 0x10000 names. */
  private void putKallsyms() {
    put64(0x8000, symbols.size());
    put64(0x8008, IMAGE);
    int at = 0;
    for (int token = 0; token < 256; token++) {
      // Each stands for its character, but for one, so that names are not only copied.
      String text = token == 0x80 ? "vmcoreinfo_" : String.valueOf((char) Math.max(1, token & 127));
      put(0xa000L + at, text.getBytes(StandardCharsets.US_ASCII));
      put(0xb000L + token * 2L, new byte[] {(byte) at, (byte) (at >> 8)});
      at += text.length() + 1;
    }
    List<Byte> names = new ArrayList<>();
    int number = 0;
    for (Map.Entry<Long, String> symbol : symbols.entrySet()) {
      long address = symbol.getKey();
      int offset = (int) (address >= 0 ? address : IMAGE - 1 - address);
      put(
          0xc000L + 4L * number++,
          new byte[] {
            (byte) offset, (byte) (offset >> 8), (byte) (offset >> 16), (byte) (offset >> 24)
          });
      byte[] tokens =
          symbol.getValue().replace("vmcoreinfo_", "\u0080").getBytes(StandardCharsets.ISO_8859_1);
      if (tokens.length > 127) {
        names.add((byte) (tokens.length | 0x80));
        names.add((byte) (tokens.length >> 7));
      } else {
        names.add((byte) tokens.length);
      }
      for (byte token : tokens) {
        names.add(token);
      }
    }
    byte[] all = new byte[names.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = names.get(i);
    }
    put(0x1_0000, all);
  }

  private String infoText() {
    StringBuilder text = new StringBuilder("OSRELEASE=6.1.0-made-up\nBUILD-ID=0123456789abcdef\n");
    text.append("PAGESIZE=4096\n");
    Map.of(
            "_stext",
            0,
            "swapper_pg_dir",
            0x2000,
            "kallsyms_num_syms",
            0x8000,
            "kallsyms_relative_base",
            0x8008,
            "kallsyms_token_table",
            0xa000,
            "kallsyms_token_index",
            0xb000,
            "kallsyms_offsets",
            0xc000,
            "kallsyms_names",
            0x10000)
        .forEach((name, offset) -> text.append("SYMBOL(%s)=%x\n".formatted(name, IMAGE + offset)));
    text.append("NUMBER(phys_base)=" + (IMAGE_AT - (IMAGE - 0xffff_ffff_8000_0000L)) + "\n");
    text.append("NUMBER(pgtable_l5_enabled)=" + (levels - 4) + "\n");
    return text.append("KERNELOFFSET=19000000\n").toString();
  }

  private void put64(long offset, long value) {
    memory.put64(IMAGE_AT + offset, value);
  }

  private void put(long offset, byte[] value) {
    memory.put(IMAGE_AT + offset, value);
  }
}
