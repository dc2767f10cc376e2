// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.testing.KernelPackages;
import io.vmattest.introspection.image.vmlinux.BzImage;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.memory.RawFileMemory;
import io.vmattest.introspection.testing.QemuGuest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The text of Debian's kernels while they run, against their packages. */
class LiveTextIT {
  @TempDir Path folder;

  @BeforeAll
  static void needsAGuest() throws IOException, InterruptedException {
    QemuGuest.require();
  }

  static List<Path> packages() throws IOException, InterruptedException {
    return KernelPackages.all();
  }

  /** On a CPU with all features, for which a kernel patches most. */
  @ParameterizedTest
  @MethodSource("packages")
  void theTextOfARunningGuestIsThatOfItsPackage(Path deb) throws Exception {
    Path vmlinuz = KernelPackages.vmlinuz(deb, folder);
    KernelImage image = KernelImage.read(BzImage.kernel(KernelPackages.kernel(deb).content()));
    CanonicalText text = CanonicalText.of(image);
    try (QemuGuest guest = QemuGuest.start(folder, vmlinuz, "max", "")) {
      var vcpus = guest.stop();
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram())) {
        KernelSearch search = new KernelFinder().find(memory, vcpus);
        Kernel kernel =
            assertInstanceOf(KernelSearch.Found.class, search, search.toString()).kernel();
        assertEquals(List.of(0L), startsBesideKaslr(kernel, image));
        long offset = kernel.info().kernelOffset();
        byte[] live =
            kernel.addressSpace().bytes(text.address() + offset, text.length(), text.length());
        TextFindings findings = text.compare(live, offset);
        assertTrue(findings.isClean(), findings.toString());
        assertEquals(text.digest(), findings.digest());
      }
    }
  }

  /** By what _text and _stext have moved beyond what VMCOREINFO says; once if by the same. */
  private static List<Long> startsBesideKaslr(Kernel kernel, KernelImage image) throws Exception {
    long offset = kernel.info().kernelOffset();
    return Stream.of("_text", "_stext")
        .map(
            name ->
                kernel.symbols().address(name).orElseThrow()
                    - image.symbols().address(name).orElseThrow()
                    - offset)
        .distinct()
        .toList();
  }
}
