// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgramsTest {
  @Test
  void aProgramThatHangsIsGivenUp() {
    IOException hung =
        assertTimeoutPreemptively(
            Duration.ofSeconds(30),
            () ->
                assertThrows(
                    IOException.class,
                    () -> Programs.run(List.of("sleep", "120"), Duration.ofMillis(100))));
    assertTrue(String.valueOf(hung.getMessage()).startsWith("sleep did not end"));
  }

  @Test
  void whatItPrintedIsGiven() throws Exception {
    assertEquals("a\n", Programs.run(List.of("sh", "-c", "echo a")));
  }

  @Test
  void aFailureIsToldInItsOwnWords() {
    IOException failed =
        assertThrows(
            IOException.class, () -> Programs.run(List.of("sh", "-c", "echo broken >&2; exit 1")));
    assertEquals("sh: broken", failed.getMessage());
  }
}
