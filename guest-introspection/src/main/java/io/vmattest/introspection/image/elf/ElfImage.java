// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.elf;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An x86-64 ELF file: a kernel (ET_EXEC) or a module (ET_REL). */
public final class ElfImage {
  private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F', 2 /* 64-bit */, 1 /* little-endian */};
  private static final int X86_64 = 62;
  private static final int HEADER_SIZE = 64;
  private static final int SECTION_HEADER_SIZE = 64;
  private static final int PROGRAM_HEADER_SIZE = 56;
  private static final int SYMBOL_SIZE = 24;
  private static final int LOAD = 1;
  private static final int MAX_SECTIONS = 0xff00;
  private static final int MAX_SEGMENTS = 64;
  private static final int MAX_SYMBOLS = 1 << 20;
  private static final int MAX_NAME = 512;

  private final ImageBytes file;
  private final List<ElfSection> sections;
  private final List<ElfSegment> segments;
  private final long end;

  private ElfImage(
      ImageBytes file, List<ElfSection> sections, List<ElfSegment> segments, long end) {
    this.file = file;
    this.sections = sections;
    this.segments = segments;
    this.end = end;
  }

  /** Reads the headers. Bytes after the ELF file are left alone. */
  public static ElfImage read(ImageBytes file) throws MalformedImageException {
    if (!file.startsWith(MAGIC)) {
      throw file.malformed(0, "is no 64-bit little-endian ELF file");
    }
    if (file.u16(18) != X86_64) {
      throw file.malformed(18, "is for machine " + file.u16(18) + ", not for x86-64");
    }
    List<ElfSegment> segments = segments(file);
    List<ElfSection> sections = sections(file);
    return new ElfImage(
        file, List.copyOf(sections), List.copyOf(segments), end(file, sections, segments));
  }

  private static List<ElfSegment> segments(ImageBytes file) throws MalformedImageException {
    ImageBytes headers = headers(file, 32, 54, PROGRAM_HEADER_SIZE, MAX_SEGMENTS);
    List<ElfSegment> segments = new ArrayList<>();
    for (int at = 0; at < headers.length(); at += PROGRAM_HEADER_SIZE) {
      if (headers.s32(at) == LOAD) {
        segments.add(segment(file, headers, at));
      }
    }
    return segments;
  }

  private static ElfSegment segment(ImageBytes file, ImageBytes headers, int at)
      throws MalformedImageException {
    ElfSegment segment =
        new ElfSegment(
            headers.u64(at + 8), headers.u64(at + 16), headers.u64(at + 24), headers.u64(at + 32));
    file.part("a segment", segment.offset(), segment.fileSize());
    return segment;
  }

  private static List<ElfSection> sections(ImageBytes file) throws MalformedImageException {
    ImageBytes headers = headers(file, 40, 58, SECTION_HEADER_SIZE, MAX_SECTIONS);
    int count = headers.length() / SECTION_HEADER_SIZE;
    if (count == 0) {
      return List.of();
    }
    int stringIndex = file.u16(62);
    if (stringIndex >= count) {
      throw file.malformed(62, "has no section " + stringIndex + " for names");
    }
    int stringsAt = stringIndex * SECTION_HEADER_SIZE;
    ImageBytes names =
        file.part("section names", headers.u64(stringsAt + 24), headers.u64(stringsAt + 32));
    List<ElfSection> sections = new ArrayList<>(count);
    for (int at = 0; at < headers.length(); at += SECTION_HEADER_SIZE) {
      sections.add(section(file, headers, names, at));
    }
    return sections;
  }

  private static ElfSection section(ImageBytes file, ImageBytes headers, ImageBytes names, int at)
      throws MalformedImageException {
    int type = headers.s32(at + 4);
    ElfSection section =
        new ElfSection(
            type == 0 ? "" : names.cString(headers.u32(at), MAX_NAME),
            type,
            headers.u64(at + 8),
            headers.u64(at + 16),
            headers.u64(at + 24),
            type == 0 ? 0 : headers.u64(at + 32),
            headers.s32(at + 40));
    if (type != 0 && section.hasContent()) {
      file.part(section.name(), section.offset(), section.size());
    }
    return section;
  }

  /** A table whose place the header holds, and after it the size and the number of its entries. */
  private static ImageBytes headers(
      ImageBytes file, int offsetField, int sizeField, int entrySize, int limit)
      throws MalformedImageException {
    int count = file.u16(sizeField + 2);
    if (count == 0) {
      return file.part("no headers", 0, 0);
    }
    if (count > limit || file.u16(sizeField) != entrySize) {
      throw file.malformed(
          sizeField, count + " headers of " + file.u16(sizeField) + " bytes are not allowed");
    }
    return file.part("headers", file.u64(offsetField), (long) count * entrySize);
  }

  private static long end(ImageBytes file, List<ElfSection> sections, List<ElfSegment> segments)
      throws MalformedImageException {
    long end = HEADER_SIZE;
    end = Math.max(end, file.u64(40) + (long) file.u16(60) * SECTION_HEADER_SIZE);
    end = Math.max(end, file.u64(32) + (long) file.u16(56) * PROGRAM_HEADER_SIZE);
    for (ElfSection section : sections) {
      if (section.type() != 0 && section.hasContent()) {
        end = Math.max(end, section.offset() + section.size());
      }
    }
    for (ElfSegment segment : segments) {
      end = Math.max(end, segment.offset() + segment.fileSize());
    }
    return end;
  }

  public List<ElfSection> sections() {
    return sections;
  }

  /** The parts that are loaded, in the file's order. */
  public List<ElfSegment> segments() {
    return segments;
  }

  /** Where the last byte lies that a header speaks of, exclusive. */
  public long end() {
    return end;
  }

  /** The first section of that name. */
  public Optional<ElfSection> section(String name) {
    return sections.stream().filter(section -> section.name().equals(name)).findFirst();
  }

  /** The bytes of a section of this image; none for NOBITS. */
  public ImageBytes content(ElfSection section) throws MalformedImageException {
    return file.part(section.name(), section.offset(), section.hasContent() ? section.size() : 0);
  }

  /** The bytes of a segment of this image. */
  public ImageBytes content(ElfSegment segment) throws MalformedImageException {
    return file.part("a segment", segment.offset(), segment.fileSize());
  }

  /** The symbol table; empty in a kernel as it is booted, which was stripped. */
  public List<ElfSymbol> symbols() throws MalformedImageException {
    for (ElfSection section : sections) {
      if (section.type() == ElfSection.SYMTAB) {
        return symbols(section);
      }
    }
    return List.of();
  }

  private List<ElfSymbol> symbols(ElfSection table) throws MalformedImageException {
    if (table.link() <= 0 || table.link() >= sections.size()) {
      throw file.malformed(table.offset(), "symbols have no names in section " + table.link());
    }
    ImageBytes names = content(sections.get(table.link()));
    ImageBytes entries = content(table);
    if (entries.length() % SYMBOL_SIZE != 0 || entries.length() / SYMBOL_SIZE > MAX_SYMBOLS) {
      throw file.malformed(table.offset(), entries.length() + " bytes of symbols");
    }
    List<ElfSymbol> symbols = new ArrayList<>(entries.length() / SYMBOL_SIZE);
    for (int at = 0; at < entries.length(); at += SYMBOL_SIZE) {
      symbols.add(
          new ElfSymbol(
              names.cString(entries.u32(at), MAX_NAME),
              entries.u16(at + 6),
              entries.u64(at + 8),
              entries.u64(at + 16),
              entries.u8(at + 4)));
    }
    return List.copyOf(symbols);
  }
}
