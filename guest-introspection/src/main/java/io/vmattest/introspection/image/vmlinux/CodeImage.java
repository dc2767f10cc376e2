// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import java.util.List;
import java.util.Optional;

/**
 * Code with the tables by which a kernel patches it: a kernel's, or a module's. All addresses are
 * those of the kernel's linking; a module's are as far from the kernel as it was loaded.
 */
public interface CodeImage {
  /** With the addresses that they have in {@link #loaded()}. */
  List<ElfSection> sections();

  /** The code that is compared. */
  ElfSection text();

  ImageSymbols symbols();

  /** As the image is on disk; of a module as it was loaded. */
  LoadedBytes loaded();

  /** A copy of bytes as they lie in memory before the kernel patches them. */
  byte[] loaded(long address, int length, long kaslrOffset) throws MalformedImageException;

  /**
   * Makes a run of live bytes comparable with {@link #loaded()}; fields that its ends cut stay.
   *
   * @param length of the run, which begins with the first byte
   * @param address of linking
   */
  void undoRelocation(byte[] bytes, int length, long address, long kaslrOffset);

  /** The kernel that a module is one of; empty for the kernel itself. */
  Optional<CodeImage> kernel();

  /** The first section of that name. */
  default Optional<ElfSection> section(String name) {
    return sections().stream().filter(section -> section.name().equals(name)).findFirst();
  }
}
