// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotencyKeyTest {
  @Test
  void aQuotedStringIsAKey() {
    assertEquals("8e03978e-40d5", IdempotencyKey.parse(List.of(" \"8e03978e-40d5\" ")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"\"", "abc", "\"a\"b\"", "\"a\\\\b\"", "\"\u00e4\"", "\"a\";x=1"})
  void whatIsNoStringIsRefused(String field) {
    assertRefused(List.of(field));
  }

  @Test
  void aLongOneOrTwoAreRefused() {
    assertRefused(List.of("\"" + "a".repeat(256) + "\""));
    assertRefused(List.of("\"a\"", "\"a\""));
  }

  private static void assertRefused(List<String> fields) {
    ServiceException refused =
        assertThrows(ServiceException.class, () -> IdempotencyKey.parse(fields));
    assertEquals(Problem.INVALID_REQUEST, refused.problem());
  }
}
