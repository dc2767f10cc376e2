// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepTimesTest {
  private long nanos;

  @Test
  void eachPartLastsUntilTheNextAndItsStepsAreOne() {
    List<String> told = new ArrayList<>();
    StepTimes times = new StepTimes((step, part) -> told.add(step), () -> nanos);
    nanos = 2_000_000;
    times.progress("suspect: measuring", 0.1);
    nanos = 5_000_000;
    times.progress("suspect: signing", 0.2);
    nanos = 9_000_000;
    times.progress("restoring", 0.5);
    nanos = 19_500_000;
    assertEquals(
        "[{\"step\":\"started\",\"millis\":2},{\"step\":\"suspect\",\"millis\":7},"
            + "{\"step\":\"restoring\",\"millis\":10}]",
        times.parts().toString());
    assertEquals(List.of("suspect: measuring", "suspect: signing", "restoring"), told);
  }
}
