// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The PIN, which is never offered again once the token has refused it: a token locks itself after a
 * few.
 */
final class PinFile {
  private static final int LONGEST = 1024;

  private final Path file;
  private char @Nullable [] refused;
  private String answer = "";

  PinFile(Path file) {
    this.file = file;
  }

  /**
   * The PIN as the file has it now; to be wiped by the caller.
   *
   * @throws HsmUnavailableException if there is none, or it was refused
   */
  synchronized char[] read() {
    char[] pin = content();
    if (refused != null && Arrays.equals(pin, refused)) {
      Arrays.fill(pin, '\0');
      throw new HsmUnavailableException(
          "the token refused the PIN ("
              + answer
              + "); it is not tried again until "
              + file
              + " has another or the server is started again");
    }
    return pin;
  }

  synchronized void refused(char[] pin, String code) {
    refused = pin.clone();
    answer = code;
  }

  private char[] content() {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LONGEST + 1);
      String text = new String(bytes, StandardCharsets.UTF_8).strip();
      Arrays.fill(bytes, (byte) 0);
      if (text.isEmpty() || bytes.length > LONGEST) {
        throw new HsmUnavailableException("there is no PIN in " + file);
      }
      return text.toCharArray();
    } catch (IOException e) {
      throw new HsmUnavailableException("the PIN file cannot be read: " + e, e);
    }
  }
}
