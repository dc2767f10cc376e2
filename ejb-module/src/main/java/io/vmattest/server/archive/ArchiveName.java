// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.archive;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file of bodies is called, {@code bodies-FIRST-LAST.zip}.
 *
 * @param first index of the first entry whose body is in it
 * @param last index of the last one
 */
public record ArchiveName(long first, long last) {
  private static final Pattern FORM =
      Pattern.compile("bodies-(0|[1-9][0-9]{0,17})-(0|[1-9][0-9]{0,17})\\.zip");

  public ArchiveName {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("no range: " + first + " to " + last);
    }
  }

  /** Of a file's name; empty if it is another file's. */
  public static Optional<ArchiveName> parse(String file) {
    Matcher matcher = FORM.matcher(file);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(matcher.group(1));
    long last = Long.parseLong(matcher.group(2));
    return last < first ? Optional.empty() : Optional.of(new ArchiveName(first, last));
  }

  /** The file's name, without its folder. */
  public String file() {
    return "bodies-" + first + "-" + last + ".zip";
  }
}
