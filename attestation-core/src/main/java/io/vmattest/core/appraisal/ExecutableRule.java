// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.guest.GuestExecutable;
import io.vmattest.core.report.Digest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A program that a policy allows, written {@code /usr/bin/sh}, {@code /usr/bin/*}, {@code
 * sha256:HEX} for a file wherever it lies, or {@code /usr/bin/sh sha256:HEX} for both.
 *
 * @param path an absolute path, or the beginning of some and *; empty for any
 * @param digest that the whole file must have; empty for any
 */
public record ExecutableRule(Optional<String> path, Optional<Digest> digest) {
  private static final Pattern WRITTEN =
      Pattern.compile("(/\\P{Cntrl}*?)?(?:(?: |^)sha256:(\\p{XDigit}{64}))?");

  /** What a rule says of an executable. */
  enum Answer {
    ALLOWS,
    /** It would, did the file have the digest, which is not known. */
    UNDECIDED,
    NOT_MEANT
  }

  /**
   * Reads one as it is written.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static ExecutableRule parse(String text) {
    Matcher parts = WRITTEN.matcher(text);
    if (text.isEmpty() || !parts.matches() || isCut(parts.group(1))) {
      throw new IllegalArgumentException(
          "an executable is an absolute path, or the beginning of one and *, or sha256: and the"
              + " digest of a file, or both with a space between");
    }
    return new ExecutableRule(
        Optional.ofNullable(parts.group(1)),
        Optional.ofNullable(parts.group(2)).map(Digest::ofHex));
  }

  /** Rather than a path with such an end, it is a digest that lacks some of its digits. */
  private static boolean isCut(@Nullable String path) {
    return path != null && path.contains(" sha256:");
  }

  Answer asked(GuestExecutable file) {
    if (path.isPresent() && !matches(path.get(), file.path())) {
      return Answer.NOT_MEANT;
    }
    if (digest.isEmpty() || digest.equals(file.digest())) {
      return Answer.ALLOWS;
    }
    return file.digest().isEmpty() ? Answer.UNDECIDED : Answer.NOT_MEANT;
  }

  private static boolean matches(String pattern, String path) {
    return pattern.endsWith("*")
        ? path.startsWith(pattern.substring(0, pattern.length() - 1))
        : path.equals(pattern);
  }
}
