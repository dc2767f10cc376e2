// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.deb.KernelFile;
import io.vmattest.introspection.image.elf.ElfImage;
import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.image.testing.KernelPackages;
import io.vmattest.introspection.image.vmlinux.BzImage;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels as Debian packs them. */
class DebianKernelsTest {
  static List<Path> packages() throws Exception {
    return KernelPackages.all();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void textIsTheSameAtEachKaslrOffsetOnceItIsCanonical(Path deb) throws Exception {
    KernelImage image = image(deb);
    CanonicalText text = CanonicalText.of(image);
    byte[] onDisk = image.loaded().copy(text.address(), text.length());
    for (long offset : new long[] {0x200000, 0x13400000, 0x3fe00000}) {
      byte[] live = image.loaded(text.address(), text.length(), offset);
      assertFalse(Arrays.equals(onDisk, live));
      TextFindings findings = text.compare(live, offset);
      assertTrue(findings.isClean(), findings.toString());
      assertEquals(text.digest(), findings.digest());
      image.undoRelocation(live, live.length, text.address(), offset);
      assertArrayEquals(onDisk, live);
    }
  }

  @ParameterizedTest
  @MethodSource("packages")
  void sitesCoverAsMuchOfTheTextAsKernelsPatch(Path deb) throws Exception {
    KernelImage image = image(deb);
    CanonicalText text = CanonicalText.of(image);
    double masked = 100.0 * text.maskedBytes() / text.length();
    System.out.printf(
        "%s: %.2f %% of %d bytes in %d sites, digest %s%n",
        deb.getFileName(), masked, text.length(), text.sites().inText().size(), text.digest());
    assertTrue(masked > 3 && masked < 5, masked + " %");
    for (PatchSite site : text.sites().inText()) {
      assertTrue(image.text().contains(site.address(), site.length()), site.toString());
    }
    Set<String> kinds =
        text.sites().inText().stream()
            .map(site -> site.getClass().getSimpleName())
            .collect(Collectors.toSet());
    assertTrue(
        kinds.containsAll(
            Set.of(
                "AlternativeSite",
                "FunctionTraceSite",
                "JumpLabelSite",
                "LockPrefixSite",
                "RetpolineSite",
                "ReturnSite",
                "StaticCallSite",
                "StaticCallTrampoline")),
        kinds.toString());
  }

  @ParameterizedTest
  @MethodSource("packages")
  void modulesAreElfFilesWithSymbols(Path deb) throws Exception {
    Set<String> names = new HashSet<>();
    KernelPackages.read(
        deb,
        file -> {
          if (file.kind() == KernelFile.Kind.MODULE) {
            ElfImage module = ElfImage.read(file.content());
            assertTrue(module.symbols().size() > 1, file.path());
            assertTrue(module.section(".modinfo").isPresent(), file.path());
            names.add(file.moduleName());
          }
        });
    assertTrue(names.size() > 1000, names.size() + " modules");
    assertTrue(names.containsAll(Set.of("cuse", "dm_mod")), "well-known ones");
  }

  @Test
  void kernelsDiffer() throws Exception {
    Set<String> digests = new HashSet<>();
    for (Path deb : packages()) {
      digests.add(CanonicalText.of(image(deb)).digest());
    }
    assertEquals(packages().size(), digests.size());
  }

  private static KernelImage image(Path deb) throws Exception {
    return KernelImage.read(BzImage.kernel(KernelPackages.kernel(deb).content()));
  }
}
