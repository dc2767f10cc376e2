// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.module;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import io.vmattest.introspection.image.vmlinux.ImageSymbols;
import io.vmattest.introspection.image.vmlinux.LoadedBytes;
import java.util.List;
import java.util.Optional;

/**
 * A module's code as its kernel loaded it, before it patched it: the code where it lies, and behind
 * it the tables of patch sites, which nothing in memory depends on the place of.
 */
public final class ModuleImage implements CodeImage {
  private final LoadedBytes loaded;
  private final ElfSection text;
  private final List<ElfSection> sections;
  private final ImageSymbols symbols;
  private final CodeImage kernel;
  private final List<Field> fields;

  ModuleImage(
      LoadedBytes loaded,
      ElfSection text,
      List<ElfSection> sections,
      ImageSymbols symbols,
      CodeImage kernel,
      List<Field> fields) {
    this.loaded = loaded;
    this.text = text;
    this.sections = List.copyOf(sections);
    this.symbols = symbols;
    this.kernel = kernel;
    this.fields = List.copyOf(fields);
  }

  /**
   * A field of the text that depends on where things were loaded.
   *
   * @param offset in the text
   */
  public record Field(int offset, int length) {}

  /**
   * Lays out and relocates a module.
   *
   * @param live the code as it is, from which addresses are taken that the kernel forgets: those of
   *     empty sections
   * @throws MalformedImageException if the file is malformed, or does not fit the place
   * @throws IllegalArgumentException if there are not as many bytes as the place has code
   */
  public static ModuleImage of(ModuleFile file, ModulePlace place, CodeImage kernel, byte[] live)
      throws MalformedImageException {
    if (live.length != place.textSize()) {
      throw new IllegalArgumentException(live.length + " bytes are not " + place.textSize());
    }
    return new ModuleLayout(file, place, kernel, live).image();
  }

  /** The fields that were relocated in the text. */
  public List<Field> fields() {
    return fields;
  }

  @Override
  public List<ElfSection> sections() {
    return sections;
  }

  @Override
  public ElfSection text() {
    return text;
  }

  @Override
  public ImageSymbols symbols() {
    return symbols;
  }

  @Override
  public LoadedBytes loaded() {
    return loaded;
  }

  /** Relocated as it is already. */
  @Override
  public byte[] loaded(long address, int length, long kaslrOffset) throws MalformedImageException {
    return loaded.copy(address, length);
  }

  @Override
  public void undoRelocation(byte[] bytes, int length, long address, long kaslrOffset) {}

  @Override
  public Optional<CodeImage> kernel() {
    return Optional.of(kernel);
  }
}
