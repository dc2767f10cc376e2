// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The handlers that a kernel's image gives to the vectors of the interrupt descriptor table, from
 * its tables of idt_data (u32 vector, u32 segment, bits, pointer at 16; 24 bytes); addresses are
 * those of linking.
 */
record Gates(Map<Integer, Set<Long>> handlers) {
  private static final List<String> TABLES =
      List.of("def_idts", "apic_idts", "ia32_idt", "early_idts", "early_pf_idts", "ist_idts");
  private static final int ENTRY = 24;
  private static final int VECTORS = 256;

  static Gates of(KernelImage image) throws MalformedImageException {
    Map<Integer, Set<Long>> handlers = new HashMap<>();
    for (String name : TABLES) {
      OptionalLong start = image.symbols().address(name);
      if (start.isPresent()) {
        read(image, start.getAsLong(), handlers);
      }
    }
    return new Gates(handlers);
  }

  private static void read(KernelImage image, long start, Map<Integer, Set<Long>> handlers)
      throws MalformedImageException {
    long end = image.symbols().after(start).orElse(start);
    for (long at = start; at + ENTRY <= end && at < start + VECTORS * ENTRY; at += ENTRY) {
      int vector = image.loaded().s32(at);
      long handler = image.loaded().u64(at + 16);
      if (vector >= 0 && vector < VECTORS && image.text().contains(handler, 1)) {
        handlers.computeIfAbsent(vector, any -> new HashSet<>()).add(handler);
      }
    }
  }
}
