// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.util.HexFormat;

/**
 * Finds the linker's build id in a kernel's notes: three u32 (name size, content size, type), name
 * and content, both padded to 4 bytes; the name is "GNU", the type 3.
 */
final class BuildId {
  private static final int TYPE = 3;
  private static final int HEADER = 12;

  private BuildId() {}

  /** In hexadecimal; empty if there is none. */
  static String of(KernelImage image) throws MalformedImageException {
    var section = image.section(".notes");
    if (section.isEmpty()) {
      return "";
    }
    ImageBytes notes = image.loaded().part(section.get().address(), section.get().size());
    long at = 0;
    while (at + HEADER <= notes.length()) {
      long name = notes.u32(at) + 3 & ~3L;
      long size = notes.u32(at + 4);
      boolean gnu = name == 4 && notes.cString(at + HEADER, 4).equals("GNU");
      if (gnu && notes.u32(at + 8) == TYPE) {
        return HexFormat.of().formatHex(notes.copy(at + HEADER + name, size));
      }
      at += HEADER + name + (size + 3 & ~3L);
    }
    return "";
  }
}
