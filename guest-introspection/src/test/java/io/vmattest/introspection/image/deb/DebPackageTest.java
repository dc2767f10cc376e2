// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.deb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.testing.TestPackage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DebPackageTest {
  static final List<String> ENDS = TestPackage.ENDS;

  private static final PackageLimits LIMITS = new PackageLimits(10_000, 4, 100_000);

  private static List<KernelFile> read(byte[] deb) throws Exception {
    List<KernelFile> files = new ArrayList<>();
    new DebPackage(LIMITS).read(new ByteArrayInputStream(deb), files::add);
    return files;
  }

  private static void assertRefused(byte[] deb) {
    assertThrows(MalformedImageException.class, () -> read(deb));
  }

  @ParameterizedTest
  @FieldSource("ENDS")
  void theKernelAndItsModulesAreHandedOverUnpacked(String end) throws Exception {
    byte[] module = "a module".repeat(100).getBytes(StandardCharsets.US_ASCII);
    Map<String, byte[]> packed = new LinkedHashMap<>();
    packed.put("boot/vmlinuz-6.1.0-1", new byte[] {1, 2, 3});
    packed.put("usr/share/doc/linux.ko", module);
    packed.put(
        "lib/modules/6.1.0-1/kernel/" + "deep/".repeat(30) + "dm-mod.ko" + end,
        TestPackage.packed(end, module));
    List<KernelFile> files = read(TestPackage.deb(end, packed));
    assertEquals(2, files.size());
    assertEquals(KernelFile.Kind.KERNEL, files.get(0).kind());
    assertEquals("6.1.0-1", files.get(0).release());
    assertArrayEquals(new byte[] {1, 2, 3}, files.get(0).content().copy());
    assertEquals(KernelFile.Kind.MODULE, files.get(1).kind());
    assertEquals("dm_mod", files.get(1).moduleName());
    assertEquals("6.1.0-1", files.get(1).release());
    assertArrayEquals(module, files.get(1).content().copy());
  }

  @Test
  void filesBeyondTheLimitsAreRefused() throws Exception {
    assertRefused(TestPackage.deb("", "boot/vmlinuz-1", new byte[10_001]));
    byte[] bomb = TestPackage.packed(".xz", new byte[10_001]);
    assertRefused(TestPackage.deb("", "lib/modules/1/a.ko.xz", bomb));
    assertRefused(TestPackage.deb(".xz", "usr/share/doc/zeros", new byte[200_000]));
    Map<String, byte[]> many = new LinkedHashMap<>();
    for (int i = 0; i < 5; i++) {
      many.put("usr/share/doc/" + i, new byte[1]);
    }
    assertRefused(TestPackage.deb("", many));
  }

  @Test
  void aPackageCutOffIsRefused() throws Exception {
    byte[] deb = TestPackage.deb(".xz", "boot/vmlinuz-1", new byte[1000]);
    assertRefused(Arrays.copyOf(deb, deb.length - 30));
    assertRefused(new byte[0]);
    assertRefused(Arrays.copyOf(deb, 70));
  }

  @Test
  void packingThatIsNotKnownIsRefused() throws Exception {
    assertRefused(TestPackage.deb(".lzma", "boot/vmlinuz-1", new byte[10]));
  }

  @Test
  void aStreamThatFailsIsNoMalformedPackage() throws Exception {
    IOException failure = new IOException("the line is cut");
    byte[] deb = TestPackage.deb(".xz", "boot/vmlinuz-1", new byte[1000]);
    InputStream line =
        new SequenceInputStream(new ByteArrayInputStream(deb, 0, 200), new CutLine(failure));
    assertSame(
        failure,
        assertThrows(IOException.class, () -> new DebPackage(LIMITS).read(line, file -> {})));
  }

  private static final class CutLine extends InputStream {
    private final IOException failure;

    CutLine(IOException failure) {
      this.failure = failure;
    }

    @Override
    public int read() throws IOException {
      throw failure;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      throw failure;
    }
  }
}
