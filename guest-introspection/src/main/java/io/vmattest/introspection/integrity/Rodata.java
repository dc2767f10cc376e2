// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.util.List;

/**
 * A kernel's read-only data as its image has it. What stands between the symbols of ro_after_init
 * is written at boot and left out, as is what follows the last section on its page: no byte of the
 * image is loaded there, and it keeps what unpacking left.
 *
 * @param parts ascending
 * @param digest of all parts, with no relocation
 */
record Rodata(List<Part> parts, String digest) {
  /**
   * A run of bytes.
   *
   * @param address of linking
   * @param bytes as on disk
   */
  record Part(long address, ImageBytes bytes) {
    private static Part of(KernelImage image, long start, long end) throws MalformedImageException {
      return new Part(start, image.loaded().part(start, end - start));
    }
  }

  static Rodata of(KernelImage image) throws MalformedImageException {
    long start = image.symbols().required("__start_rodata");
    long written = image.symbols().required("__start_ro_after_init");
    long writtenEnd = image.symbols().required("__end_ro_after_init");
    long end = end(image, image.symbols().required("__end_rodata"));
    Part first = Part.of(image, start, written);
    Part second = Part.of(image, writtenEnd, end);
    Digests digest = new Digests();
    digest.add(first.bytes.copy()).add(second.bytes.copy());
    return new Rodata(List.of(first, second), digest.hex());
  }

  private static long end(KernelImage image, long limit) {
    return image.sections().stream()
        .filter(section -> section.address() < limit && section.address() < 0)
        .mapToLong(section -> section.address() + section.size())
        .filter(end -> end <= limit)
        .max()
        .orElse(limit);
  }

  long size() {
    return parts.stream().mapToLong(part -> part.bytes.length()).sum();
  }
}
