// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.introspection.integrity.Differences.Run;
import java.util.List;
import org.junit.jupiter.api.Test;

class DifferencesTest {
  private final byte[] expected = new byte[64];
  private final byte[] actual = new byte[64];

  @Test
  void equalBytesDoNotDiffer() {
    assertEquals(List.of(), Differences.find(expected, actual, 10));
  }

  @Test
  void bytesThatStayedByChanceArePartOfTheChange() {
    actual[3] = 1;
    actual[10] = 1;
    assertEquals(List.of(new Run(3, 11)), Differences.find(expected, actual, 10));
  }

  @Test
  void changesFarApartAreSeveralUpToTheLimit() {
    actual[0] = 1;
    actual[20] = 1;
    actual[63] = 1;
    List<Run> all = List.of(new Run(0, 1), new Run(20, 21), new Run(63, 64));
    assertEquals(all, Differences.find(expected, actual, 10));
    assertEquals(all.subList(0, 2), Differences.find(expected, actual, 2));
  }
}
