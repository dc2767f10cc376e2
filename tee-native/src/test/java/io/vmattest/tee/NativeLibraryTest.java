// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  @TempDir Path directory;

  @Test
  void aFailedLoadIsTriedAgainAndASuccessIsKept() {
    AtomicInteger loads = new AtomicInteger();
    FirstSuccess<Object> library =
        new FirstSuccess<>(
            () -> {
              if (loads.incrementAndGet() < 3) {
                throw new UncheckedIOException(new IOException("No space left on device"));
              }
              return new Object();
            });
    assertThrows(UncheckedIOException.class, library::get);
    assertThrows(UncheckedIOException.class, library::get);
    Object loaded = library.get();
    assertSame(loaded, library.get());
    assertEquals(3, loads.get());
  }

  private String refusal(byte[] library) throws IOException {
    Path file = Files.write(directory.resolve("libvmtee.so"), library);
    return String.valueOf(
        assertThrows(UnsatisfiedLinkError.class, () -> NativeLibrary.bind(file)).getMessage());
  }

  /** The library in this jar, as text of one byte a character. */
  private static String library() throws IOException {
    try (InputStream in = NativeLibrary.class.getResourceAsStream("/linux-x86_64/libvmtee.so")) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void aLibraryThatIsNotInstalledIsNamedWithItsPackage() throws IOException {
    String other = library().replace("libtss2-esys.so.0", "libtss2-gone.so.0");
    String message = refusal(other.getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(message.contains("needs libtss2-gone.so.0, which is not installed"), message);
    assertTrue(message.contains("libtss2-esys-3.0.2-0"), message);
  }

  @Test
  void aFileThatCannotBeLoadedIsNotTakenForAMissingPackage() throws IOException {
    for (byte[] bad : List.of(new byte[0], new byte[4096])) {
      String message = refusal(bad);
      assertFalse(message.contains("Debian"), message);
      assertTrue(message.contains("cannot be loaded"), message);
    }
  }
}
