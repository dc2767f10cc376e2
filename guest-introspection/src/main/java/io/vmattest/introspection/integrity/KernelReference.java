// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.text.CanonicalText;
import io.vmattest.introspection.image.vmlinux.BzImage;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.util.Map;

/**
 * The Reference Values of a kernel: what its image says of its code. Made once from the image as a
 * distribution packs it, and used for any number of guests, also at the same time. Whether the
 * image is the distribution's is for who gets it to check.
 */
public final class KernelReference {
  private static final int MAX_BANNER = 512;
  private static final String BANNER = "Linux version ";

  private final KernelImage image;
  private final PreparedModules prepared = new PreparedModules();
  private final ModuleFiles modules;
  private final Map<String, Long> exports;
  private final CanonicalText text;
  private final Rodata rodata;
  private final Syscalls syscalls;
  private final Gates gates;
  private final String release;
  private final String buildId;

  private KernelReference(KernelImage image, ModuleFiles modules) throws MalformedImageException {
    this.image = image;
    this.modules = modules;
    this.exports = Exports.of(image);
    this.text = CanonicalText.of(image);
    this.rodata = Rodata.of(image);
    this.syscalls = Syscalls.of(image);
    this.gates = Gates.of(image);
    this.release = release(image);
    this.buildId = BuildId.of(image);
  }

  /**
   * Unpacks a bzImage and reads it.
   *
   * @throws MalformedImageException if it is none, or has not what every kernel of this kind has
   */
  public static KernelReference ofBzImage(ImageBytes bzImage, ModuleFiles modules)
      throws MalformedImageException {
    return of(KernelImage.read(BzImage.kernel(bzImage)), modules);
  }

  public static KernelReference of(KernelImage image, ModuleFiles modules)
      throws MalformedImageException {
    return new KernelReference(image, modules);
  }

  private static String release(KernelImage image) throws MalformedImageException {
    long at = image.symbols().required("linux_banner");
    ImageBytes banner =
        image
            .loaded()
            .part(at, Math.min(MAX_BANNER, image.loaded().base() + image.loaded().length() - at));
    String text = banner.cString(0, banner.length());
    int end = text.indexOf(' ', BANNER.length());
    if (!text.startsWith(BANNER) || end < 0) {
      throw banner.malformed(0, "is no banner of a kernel");
    }
    return text.substring(BANNER.length(), end);
  }

  /** As uname -r shows it. */
  public String release() {
    return release;
  }

  /** The linker's, in hexadecimal. */
  public String buildId() {
    return buildId;
  }

  /** The digest of the text in its canonical form, SHA-256 in hexadecimal. */
  public String textDigest() {
    return text.digest();
  }

  /** The digest of read-only data without relocation, SHA-256 in hexadecimal. */
  public String rodataDigest() {
    return rodata.digest();
  }

  KernelImage image() {
    return image;
  }

  PreparedModules prepared() {
    return prepared;
  }

  ModuleFiles modules() {
    return modules;
  }

  Map<String, Long> exports() {
    return exports;
  }

  CanonicalText text() {
    return text;
  }

  Rodata rodata() {
    return rodata;
  }

  Syscalls syscalls() {
    return syscalls;
  }

  Gates gates() {
    return gates;
  }
}
