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

  /** As it lies in memory before the kernel patches it. */
  LoadedBytes loaded(long kaslrOffset) throws MalformedImageException;

  /** Makes a run of live bytes comparable with {@link #loaded()}. */
  void undoRelocation(byte[] bytes, long address, long kaslrOffset);

  /** The kernel that a module is one of; empty for the kernel itself. */
  Optional<CodeImage> kernel();

  /** The first section of that name. */
  default Optional<ElfSection> section(String name) {
    return sections().stream().filter(section -> section.name().equals(name)).findFirst();
  }
}
