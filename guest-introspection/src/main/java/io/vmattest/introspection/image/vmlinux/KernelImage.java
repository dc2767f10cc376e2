// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfImage;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.elf.ElfSegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A kernel as it lies on disk, laid out as it is loaded. All addresses are those of its linking.
 */
public final class KernelImage implements CodeImage {
  /** Where the kernel's half of the addresses maps its image (__START_KERNEL_map). */
  private static final long KERNEL_MAP = 0xffffffff80000000L;

  private static final int MAX_LOADED = 512 << 20;

  /** Of the file no more is kept than these and what is loaded: symbols are as large. */
  private final List<ElfSection> sections;

  private final Relocations relocations;
  private final LoadedBytes loaded;
  private final ElfSection text;
  private final ImageSymbols symbols;

  private KernelImage(
      List<ElfSection> sections,
      Relocations relocations,
      LoadedBytes loaded,
      ElfSection text,
      ImageSymbols symbols) {
    this.sections = List.copyOf(sections);
    this.relocations = relocations;
    this.loaded = loaded;
    this.text = text;
    this.symbols = symbols;
  }

  /**
   * @param vmlinux an ELF file with its relocations after it, as {@link BzImage} gives it
   */
  public static KernelImage read(ImageBytes vmlinux) throws MalformedImageException {
    ElfImage elf = ElfImage.read(vmlinux);
    Relocations relocations = Relocations.read(vmlinux, elf.end());
    LoadedBytes loaded = load(vmlinux, elf);
    relocations.check(loaded.base(), loaded.length());
    ElfSection text =
        elf.section(".text").orElseThrow(() -> vmlinux.malformed(0, "has no section .text"));
    loaded.part(text.address(), text.size());
    return new KernelImage(elf.sections(), relocations, loaded, text, ImageSymbols.find(loaded));
  }

  /** By physical addresses, for those of the per-CPU template alone say where it is loaded. */
  private static LoadedBytes load(ImageBytes vmlinux, ElfImage elf) throws MalformedImageException {
    long first = Long.MAX_VALUE;
    long end = 0;
    for (ElfSegment segment : elf.segments()) {
      long start = segment.physicalAddress();
      if (start < 0 || start > MAX_LOADED) {
        throw vmlinux.malformed(start, "is loaded too high");
      }
      first = Math.min(first, start);
      end = Math.max(end, start + segment.fileSize());
    }
    if (end <= first || end - first > MAX_LOADED) {
      throw vmlinux.malformed(0, "has no segments, or too large ones");
    }
    byte[] bytes = new byte[(int) (end - first)];
    for (ElfSegment segment : elf.segments()) {
      elf.content(segment)
          .copyTo(0, bytes, (int) (segment.physicalAddress() - first), (int) segment.fileSize());
    }
    return LoadedBytes.of(bytes, KERNEL_MAP + first);
  }

  @Override
  public List<ElfSection> sections() {
    return sections;
  }

  @Override
  public void undoRelocation(byte[] bytes, int length, long address, long kaslrOffset) {
    relocations.apply(bytes, length, address, -kaslrOffset);
  }

  @Override
  public Optional<CodeImage> kernel() {
    return Optional.empty();
  }

  public Relocations relocations() {
    return relocations;
  }

  /** The section .text. */
  @Override
  public ElfSection text() {
    return text;
  }

  @Override
  public ImageSymbols symbols() {
    return symbols;
  }

  /** As the image is on disk. */
  @Override
  public LoadedBytes loaded() {
    return loaded;
  }

  /** As the decompressor leaves it. Fields are moved as a whole, so that more is looked at. */
  @Override
  public byte[] loaded(long address, int length, long kaslrOffset) throws MalformedImageException {
    loaded.part(address, length);
    long start = Math.max(loaded.base(), address - Relocations.WIDEST);
    long end = Math.min(loaded.base() + loaded.length(), address + length + Relocations.WIDEST);
    byte[] around = loaded.copy(start, end - start);
    relocations.apply(around, around.length, start, kaslrOffset);
    int at = (int) (address - start);
    return Arrays.copyOfRange(around, at, at + length);
  }
}
