// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.text.LinkedRun;
import io.vmattest.introspection.integrity.Differences.Run;
import java.util.List;
import org.junit.jupiter.api.Test;

class DifferencesTest {
  private static final int BLOCK = 16;

  private final byte[] expected = new byte[64];
  private final byte[] actual = new byte[64];

  private List<Run> find(int limit) throws Exception {
    Differences differences = new Differences(ImageBytes.of("expected", expected), limit);
    for (int from = 0; from < actual.length; from += BLOCK) {
      differences.find(new LinkedRun.Block(from, BLOCK, actual, actual, from));
    }
    return differences.runs();
  }

  @Test
  void equalBytesDoNotDiffer() throws Exception {
    assertEquals(List.of(), find(10));
  }

  @Test
  void bytesThatStayedByChanceArePartOfTheChange() throws Exception {
    actual[3] = 1;
    actual[10] = 1;
    assertEquals(List.of(new Run(3, 11)), find(10));
  }

  @Test
  void aChangeGoesOnInTheNextBlock() throws Exception {
    actual[BLOCK - 1] = 1;
    actual[BLOCK + 2] = 1;
    assertEquals(List.of(new Run(BLOCK - 1, BLOCK + 3)), find(1));
  }

  @Test
  void changesFarApartAreSeveralUpToTheLimit() throws Exception {
    actual[0] = 1;
    actual[20] = 1;
    actual[63] = 1;
    List<Run> all = List.of(new Run(0, 1), new Run(20, 21), new Run(63, 64));
    assertEquals(all, find(10));
    assertEquals(all.subList(0, 2), find(2));
  }
}
