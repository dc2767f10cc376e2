// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.elf.ElfSection;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a kernel exports to modules: entries of three s32 (value, name, namespace), each relative to
 * its own address. Names alone would do not: several symbols may share one, of which one is
 * exported.
 */
final class Exports {
  private static final List<String> TABLES = List.of("__ksymtab", "__ksymtab_gpl");
  private static final int ENTRY = 12;
  private static final int MAX_NAME = 512;

  private Exports() {}

  /** Link-time addresses by names; those of per-CPU data are small. */
  static Map<String, Long> of(KernelImage image) throws MalformedImageException {
    Map<String, Long> exports = new HashMap<>();
    for (String name : TABLES) {
      var table = image.section(name);
      if (table.isPresent()) {
        read(image, table.get(), exports);
      }
    }
    return Map.copyOf(exports);
  }

  private static void read(KernelImage image, ElfSection table, Map<String, Long> exports)
      throws MalformedImageException {
    long end = table.address() + table.size();
    for (long at = table.address(); at + ENTRY <= end; at += ENTRY) {
      long name = image.loaded().selfRelative(at + 4);
      long left = image.loaded().base() + image.loaded().length() - name;
      String text = image.loaded().part(name, Math.min(MAX_NAME, left)).cString(0, MAX_NAME);
      exports.put(text, image.loaded().selfRelative(at));
    }
  }
}
