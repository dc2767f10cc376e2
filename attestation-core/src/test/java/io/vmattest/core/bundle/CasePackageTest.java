// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.bundle.CaseRejectedException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A bundle is one zip file of one form. */
class CasePackageTest {
  private final MadeCase made = new MadeCase();

  /** What other readers of zip files might see, or write to. */
  enum Packing {
    COMPRESSED(zip -> packed(ZipOutputStream.DEFLATED, CaseFile.DIFFERENCES)),
    PATH(zip -> packed(ZipOutputStream.DEFLATED, "../" + CaseFile.DIFFERENCES)),
    TRAILING(zip -> Arrays.copyOf(zip, zip.length + 1)),
    LEADING(
        zip -> {
          byte[] shifted = new byte[zip.length + 1];
          System.arraycopy(zip, 0, shifted, 1, zip.length);
          return shifted;
        }),
    CUT(zip -> Arrays.copyOf(zip, zip.length - 1)),
    DIRECTORY_CHANGED(
        zip -> {
          byte[] changed = zip.clone();
          changed[changed.length - 30] ^= 1;
          return changed;
        }),
    EMPTY(zip -> new byte[0]);

    private final UnaryOperator<byte[]> change;

    Packing(UnaryOperator<byte[]> change) {
      this.change = change;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aZipFileHasOneForm(Packing packing) throws Exception {
    byte[] zip = packing.change.apply(made.bundle().zip());
    var e = assertThrows(CaseRejectedException.class, () -> CaseBundle.ofZip(zip));
    assertEquals(Reason.PACKAGE, e.reason());
  }

  private static byte[] packed(int method, String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(method);
      zip.putNextEntry(new ZipEntry(CaseBundle.MANIFEST));
      zip.write(1);
      zip.putNextEntry(new ZipEntry(name));
      zip.write(new byte[1000]);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }
}
