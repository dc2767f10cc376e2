// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The numbers that a test guest counted on its serial line. */
final class Ticks {
  // Not at the line's start: a guest that is replaced in the middle of a line leaves its rest to
  // the one that goes on, whose line then follows upon the cut one.
  private static final Pattern TICK = Pattern.compile("tick (\\d{1,9})$");

  private Ticks() {}

  /** The ticks of whole lines, in the order in which they were printed. */
  static List<Integer> of(List<String> lines) {
    return lines.stream().map(Ticks::ofLine).flatMap(Optional::stream).toList();
  }

  private static Optional<Integer> ofLine(String line) {
    Matcher tick = TICK.matcher(line);
    return tick.find() ? Optional.of(Integer.valueOf(tick.group(1))) : Optional.empty();
  }
}
