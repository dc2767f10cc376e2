// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QmpTest {
  @Test
  void givesWhatWasReturned() throws LibvirtFailure {
    assertEquals(
        "paused",
        Qmp.answer("query-status", "{\"return\":{\"status\":\"paused\"},\"id\":\"libvirt-1\"}")
            .asJsonObject()
            .getString("status"));
  }

  @Test
  void anErrorKeepsItsClassAndWords() {
    QmpException refused =
        assertThrows(
            QmpException.class,
            () ->
                Qmp.answer(
                    "migrate",
                    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"disk is busy\"}}"));
    assertEquals("GenericError", refused.errorClass());
    assertEquals("disk is busy", refused.description());
  }

  @Test
  void anAnswerThatNestsWithoutEndIsRefused() {
    String nested = "{\"return\":".repeat(100_000);
    assertThrows(LibvirtFailure.class, () -> Qmp.answer("query-status", nested));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "42", "{}", "{\"return\":{}", "null"})
  void whatIsNoAnswerIsRefused(String text) {
    assertThrows(LibvirtFailure.class, () -> Qmp.answer("query-status", text));
  }
}
