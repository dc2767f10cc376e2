// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.output;

/** Makes text from elsewhere harmless to a terminal. */
final class Plain {
  private static final char REPLACEMENT = '\ufffd';

  private Plain() {}

  /** Without control and formatting characters, which could move the cursor or reverse text. */
  static String text(String hostile) {
    StringBuilder plain = new StringBuilder(hostile.length());
    hostile
        .codePoints()
        .forEach(
            c -> {
              int type = Character.getType(c);
              boolean harmful =
                  type == Character.CONTROL
                      || type == Character.FORMAT
                      || type == Character.SURROGATE
                      || type == Character.LINE_SEPARATOR
                      || type == Character.PARAGRAPH_SEPARATOR;
              plain.appendCodePoint(harmful ? REPLACEMENT : c);
            });
    return plain.toString();
  }
}
