// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.CaptureMode;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModePolicyTest {
  private static HypervisorException failure(Reason reason) {
    return new HypervisorException(reason, "why");
  }

  @ParameterizedTest
  @CsvSource({"live,LIVE", "background,BACKGROUND", "auto,AUTO"})
  void isReadAsItIsWritten(String setting, ModePolicy policy) {
    assertEquals(policy, ModePolicy.of(setting));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "LIVE", "suspended", "live "})
  void anotherWordIsRefusedByName(String setting) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ModePolicy.of(setting));
    assertEquals(
        "the capture mode is live, background or auto, not '" + setting + "'", e.getMessage());
  }

  @ParameterizedTest
  @EnumSource(ModePolicy.class)
  void aGuestThatStandsStillIsCapturedSoWhateverTheSetting(ModePolicy policy) {
    assertEquals(CaptureMode.SUSPENDED, policy.first(RunState.SUSPENDED, false));
    assertEquals(CaptureMode.SUSPENDED, policy.first(RunState.SUSPENDED, true));
  }

  @Test
  void aRunningGuestIsCapturedInTheBackgroundOnlyWhereAskedForAndWithoutItsDisks() {
    assertEquals(CaptureMode.LIVE, ModePolicy.LIVE.first(RunState.RUNNING, false));
    assertEquals(CaptureMode.LIVE, ModePolicy.AUTO.first(RunState.RUNNING, false));
    assertEquals(CaptureMode.BACKGROUND, ModePolicy.BACKGROUND.first(RunState.RUNNING, false));
    assertEquals(CaptureMode.LIVE, ModePolicy.BACKGROUND.first(RunState.RUNNING, true));
  }

  @Test
  void whatDoesNotConvergeLiveIsTriedInTheBackgroundIfThatIsAllowed() {
    HypervisorException why = failure(Reason.NOT_CONVERGING);
    Optional<CaptureMode> background = Optional.of(CaptureMode.BACKGROUND);
    assertEquals(background, ModePolicy.AUTO.instead(CaptureMode.LIVE, why, false));
    assertEquals(Optional.empty(), ModePolicy.AUTO.instead(CaptureMode.LIVE, why, true));
    assertEquals(Optional.empty(), ModePolicy.LIVE.instead(CaptureMode.LIVE, why, false));
    assertEquals(
        Optional.empty(), ModePolicy.BACKGROUND.instead(CaptureMode.BACKGROUND, why, false));
  }

  @ParameterizedTest
  @EnumSource(value = Reason.class, mode = EnumSource.Mode.EXCLUDE, names = "NOT_CONVERGING")
  void noOtherFailureIsTriedAgain(Reason reason) {
    assertEquals(
        Optional.empty(), ModePolicy.AUTO.instead(CaptureMode.LIVE, failure(reason), false));
  }
}
