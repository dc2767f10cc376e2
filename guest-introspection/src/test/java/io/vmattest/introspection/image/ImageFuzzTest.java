// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.compression.CompressedFormat;
import io.vmattest.introspection.image.deb.DebPackage;
import io.vmattest.introspection.image.deb.PackageLimits;
import io.vmattest.introspection.image.elf.ElfImage;
import io.vmattest.introspection.image.testing.TestKernel;
import io.vmattest.introspection.image.testing.TestPackage;
import io.vmattest.introspection.image.text.CanonicalText;
import io.vmattest.introspection.image.vmlinux.BzImage;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is done to an image, it is read or refused, in bounded time. */
class ImageFuzzTest {
  private static final int ROUNDS = 4000;
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int[] EXTREMES = {0, 1, 0x7f, 0x80, 0xff};

  /** Reads an image, or throws that it is malformed; anything else fails the test. */
  private interface Reader {
    void read(byte[] image) throws Exception;
  }

  private static int refusals(byte[] image, int rounds, Reader reader) {
    return assertTimeoutPreemptively(
        LIMIT,
        () -> {
          int refused = 0;
          for (int seed = 0; seed < rounds; seed++) {
            try {
              reader.read(mutated(image, new Random(seed)));
            } catch (MalformedImageException e) {
              refused++;
            } catch (RuntimeException e) {
              throw new AssertionError("seed " + seed, e);
            }
          }
          return refused;
        });
  }

  /** Some bytes changed, near each other or not, or the end cut off. */
  private static byte[] mutated(byte[] image, Random random) {
    byte[] bytes = image.clone();
    int at = random.nextInt(bytes.length);
    int count = 1 + random.nextInt(8);
    boolean header = random.nextBoolean();
    for (int i = 0; i < count; i++) {
      int position = header ? random.nextInt(Math.min(0x400, bytes.length)) : at + i;
      int value = random.nextBoolean() ? random.nextInt(256) : EXTREMES[random.nextInt(5)];
      bytes[position % bytes.length] = (byte) value;
    }
    return random.nextInt(16) == 0 ? Arrays.copyOf(bytes, at) : bytes;
  }

  @Test
  void kernels() {
    byte[] vmlinux = TestKernel.vmlinux(14);
    int refused =
        refusals(
            vmlinux,
            ROUNDS,
            bytes -> {
              CanonicalText text = CanonicalText.of(KernelImage.read(ImageBytes.of("fuzz", bytes)));
              text.compare(new byte[text.length()], 0x200000);
            });
    assertTrue(refused > ROUNDS / 20 && refused < ROUNDS, refused + " refused");
  }

  @Test
  void tablesOfKernels() {
    byte[] vmlinux = TestKernel.vmlinux(12);
    byte[] tables = Arrays.copyOfRange(vmlinux, TestKernel.TABLES_AT, TestKernel.TABLES_END);
    int refused =
        refusals(
            tables,
            ROUNDS,
            bytes -> {
              byte[] all = vmlinux.clone();
              System.arraycopy(bytes, 0, all, TestKernel.TABLES_AT, bytes.length);
              CanonicalText text = CanonicalText.of(KernelImage.read(ImageBytes.of("fuzz", all)));
              text.compare(new byte[text.length()], 0);
            });
    assertTrue(refused > ROUNDS / 20, refused + " refused");
  }

  @Test
  void elfFiles() {
    refusals(
        TestKernel.vmlinux(14),
        ROUNDS,
        bytes -> {
          ElfImage elf = ElfImage.read(ImageBytes.of("fuzz", bytes));
          elf.symbols();
        });
  }

  @Test
  void bzImages() throws Exception {
    for (CompressedFormat format : CompressedFormat.values()) {
      byte[] bzImage = TestPackage.bzImage(format, TestKernel.vmlinux(14));
      int refused =
          refusals(bzImage, ROUNDS / 8, bytes -> BzImage.kernel(ImageBytes.of("fuzz", bytes)));
      assertTrue(refused > ROUNDS / 80, format + ": " + refused + " refused");
    }
  }

  @Test
  void packages() throws Exception {
    for (String end : TestPackage.ENDS) {
      byte[] deb = TestPackage.deb(end, "boot/vmlinuz-1", new byte[70_000]);
      PackageLimits limits = new PackageLimits(1 << 20, 100, 4 << 20);
      int refused =
          refusals(
              deb,
              ROUNDS / 8,
              bytes -> new DebPackage(limits).read(new ByteArrayInputStream(bytes), file -> {}));
      assertTrue(refused > 0, end + ": " + refused + " refused");
    }
  }
}
