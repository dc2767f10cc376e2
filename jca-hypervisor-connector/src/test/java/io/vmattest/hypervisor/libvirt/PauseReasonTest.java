// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PauseReasonTest {
  /** The numbers of virDomainPausedReason. */
  @ParameterizedTest
  @CsvSource({
    "0,UNKNOWN",
    "1,USER",
    "2,MIGRATION",
    "5,IO_ERROR",
    "6,WATCHDOG",
    "10,OTHER",
    "99,OTHER",
    "-1,OTHER"
  })
  void isLibvirts(int code, PauseReason reason) {
    assertEquals(reason, PauseReason.ofCode(code));
  }
}
