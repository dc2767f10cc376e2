// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An extension line of our checkpoints, "counter ID VALUE": the value of a monotonic counter that
 * was reached when the checkpoint was signed. A log that was put back to an earlier state shows a
 * value below the counter's.
 *
 * @param counterId which counter: 1 to 64 of A-Z a-z 0-9 . _ -
 * @param value not negative
 */
public record CounterBinding(String counterId, long value) {
  private static final String KEYWORD = "counter ";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /**
   * @throws IllegalArgumentException if the ID or the value is none
   */
  public CounterBinding {
    if (!isId(counterId)) {
      throw new IllegalArgumentException("no ID of a counter: " + counterId);
    }
    if (value < 0) {
      throw new IllegalArgumentException("a counter is not negative");
    }
  }

  /** Whether it may be the ID of a counter. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches();
  }

  public String line() {
    return KEYWORD + counterId + " " + value;
  }

  /**
   * @param line without its newline
   */
  public static CounterBinding parse(String line) throws MalformedTlogException {
    String[] parts = line.split(" ", -1);
    if (!line.startsWith(KEYWORD) || parts.length != 3 || !isId(parts[1])) {
      throw new MalformedTlogException("no line 'counter ID VALUE'");
    }
    return new CounterBinding(parts[1], StrictText.decimal(parts[2], "a counter's value"));
  }

  /**
   * The one of a checkpoint, if it has one.
   *
   * @throws MalformedTlogException if it is malformed, or there are several
   */
  public static Optional<CounterBinding> of(Checkpoint checkpoint) throws MalformedTlogException {
    List<String> lines =
        checkpoint.extensions().stream()
            .filter(line -> line.equals(KEYWORD.trim()) || line.startsWith(KEYWORD))
            .toList();
    if (lines.size() > 1) {
      throw new MalformedTlogException("a checkpoint with several counters");
    }
    return lines.isEmpty() ? Optional.empty() : Optional.of(parse(lines.get(0)));
  }
}
