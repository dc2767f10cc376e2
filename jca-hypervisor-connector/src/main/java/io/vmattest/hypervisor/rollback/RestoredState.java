// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.StateComponent;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.util.List;
import java.util.Objects;

/** Whether a restored guest is what was attested. */
final class RestoredState {
  private static final List<String> MUST_EQUAL =
      List.of("memory", "cpu", "cpu/control", "devices", "config");

  private RestoredState() {}

  /**
   * @param differingPages found when the restored guest was compared with the snapshot
   * @throws HypervisorException with reason RESTORE_FAILED if it is not
   */
  static void check(AttestationReport attested, AttestationReport restored, long differingPages)
      throws HypervisorException {
    if (differingPages != 0) {
      throw differs(differingPages + " pages of memory");
    }
    for (String name : MUST_EQUAL) {
      var expected = attested.component(name).map(StateComponent::digest);
      var actual = restored.component(name).map(StateComponent::digest);
      if (!Objects.equals(expected, actual)) {
        throw differs("component " + name);
      }
    }
  }

  private static HypervisorException differs(String what) {
    return new HypervisorException(
        Reason.RESTORE_FAILED, "the restored guest is not the attested one: " + what + " differs");
  }
}
