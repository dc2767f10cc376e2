// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

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
   * @param bytes as on disk; not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Part(long address, byte[] bytes) {}

  static Rodata of(KernelImage image) throws MalformedImageException {
    long start = image.symbols().required("__start_rodata");
    long written = image.symbols().required("__start_ro_after_init");
    long writtenEnd = image.symbols().required("__end_ro_after_init");
    long end = end(image, image.symbols().required("__end_rodata"));
    Part first = new Part(start, image.loaded().copy(start, written - start));
    Part second = new Part(writtenEnd, image.loaded().copy(writtenEnd, end - writtenEnd));
    return new Rodata(List.of(first, second), digest(List.of(first.bytes, second.bytes)));
  }

  /** Of all parts' bytes. */
  static String digest(List<byte[]> parts) {
    Digests digest = new Digests();
    parts.forEach(digest::add);
    return digest.hex();
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
    return parts.stream().mapToLong(part -> part.bytes.length).sum();
  }
}
