// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a key is for; the token knows it by its label, {@code vmattest-KIND-GENERATION}. */
enum KeyKind {
  SEAL,
  LOG,
  RESULT,
  DATA;

  private static final Pattern LABEL =
      Pattern.compile("vmattest-(seal|log|result|data)-([1-9][0-9]{0,8})");

  String label(int generation) {
    return "vmattest-" + name().toLowerCase(Locale.ROOT) + "-" + generation;
  }

  /** The generation of a label of this kind. */
  Optional<Integer> generation(String label) {
    Matcher matcher = LABEL.matcher(label);
    return matcher.matches() && valueOf(matcher.group(1).toUpperCase(Locale.ROOT)) == this
        ? Optional.of(Integer.valueOf(matcher.group(2)))
        : Optional.empty();
  }
}
