// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdsTest {
  @Test
  void readsIdsOfTheirForm() {
    UUID id = UUID.randomUUID();
    assertEquals(id, Ids.vm(id.toString()));
    assertEquals("ab".repeat(32), Ids.report("AB".repeat(32)).hex());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1-1-1-1-1", "not-a-uuid", "00000000-0000-0000-0000-00000000000g"})
  void whatIsNoIdDoesNotExist(String text) {
    assertEquals(
        Problem.NO_SUCH_VM, assertThrows(ServiceException.class, () -> Ids.vm(text)).problem());
    assertEquals(
        Problem.NO_SUCH_REPORT,
        assertThrows(ServiceException.class, () -> Ids.report(text)).problem());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "x", "99999999999999999999"})
  void refusesLimitsThatAreNone(String text) {
    assertThrows(ServiceException.class, () -> Paging.limit(text, 10));
  }

  @Test
  void takesALimitThatIsTooLargeForTheLargest() {
    assertEquals(10, Paging.limit("99999999999", 10));
  }

  @Test
  void cursorsStartWhereTheListDoes() {
    assertEquals(-1, Paging.after(null, -1));
    assertEquals(7, Paging.after("7", -1));
    assertThrows(ServiceException.class, () -> Paging.after("-2", -1));
  }
}
