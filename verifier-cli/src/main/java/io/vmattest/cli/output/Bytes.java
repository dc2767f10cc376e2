// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.output;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes for people: K, M, G and T are powers of 1024. */
public final class Bytes {
  private static final String UNITS = "KMGT";
  private static final int STEP = 1024;
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})([KMGT]?)");

  private Bytes() {}

  /** Like 17 B, 3.5 MiB or 12.0 GiB. */
  public static String text(long bytes) {
    if (bytes < STEP) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= STEP && unit < UNITS.length() - 1) {
      value /= STEP;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(unit));
  }

  /** Of text like 1048576, 512M or 20G; empty if it is none, or too large. */
  public static Optional<Long> parse(String text) {
    Matcher size = SIZE.matcher(text.toUpperCase(Locale.ROOT));
    if (!size.matches()) {
      return Optional.empty();
    }
    try {
      long bytes = Long.parseLong(size.group(1));
      for (int i = size.group(2).isEmpty() ? -1 : UNITS.indexOf(size.group(2)); i >= 0; i--) {
        bytes = Math.multiplyExact(bytes, STEP);
      }
      return Optional.of(bytes);
    } catch (ArithmeticException e) {
      return Optional.empty();
    }
  }
}
