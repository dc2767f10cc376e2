// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/** The order of names in a report. */
public final class NameOrder {
  /** By the unsigned bytes of UTF-8, which is not the order of {@link String#compareTo}. */
  public static final Comparator<String> BYTEWISE =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private NameOrder() {}
}
