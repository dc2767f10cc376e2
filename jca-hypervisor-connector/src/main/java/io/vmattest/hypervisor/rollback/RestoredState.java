// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.report.StateComponent;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.capture.Afterwards;
import io.vmattest.hypervisor.capture.Attestor;
import io.vmattest.hypervisor.capture.Comparison;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Whether a restored guest is what was attested. */
final class RestoredState {
  private static final List<String> MUST_EQUAL =
      List.of("memory", "cpu", "cpu/control", "devices", "config");

  private final Attestor attestor;

  RestoredState(Attestor attestor) {
    this.attestor = attestor;
  }

  /**
   * Measures the restored guest and compares it with the attested one.
   *
   * @param afterwards what becomes of it if it is the attested one
   * @param comparison with the attested snapshot
   * @throws HypervisorException with reason RESTORE_FAILED if it is another
   */
  CaptureResult measure(
      GuestDomain domain,
      CaptureRequest request,
      Afterwards afterwards,
      Comparison comparison,
      AttestationReport attested)
      throws HypervisorException {
    CaptureResult restored = capture(domain, request, afterwards, comparison);
    check(attested, restored);
    return restored;
  }

  /** Measures the restored guest; what it is compared with is for {@link #check} to say. */
  CaptureResult capture(
      GuestDomain domain, CaptureRequest request, Afterwards afterwards, Comparison comparison)
      throws HypervisorException {
    return attestor.attest(
        domain, request, afterwards, Optional.of(comparison), ProgressListener.NONE);
  }

  /**
   * @param restored compared with the attested snapshot
   * @throws HypervisorException with reason RESTORE_FAILED if it is another than the attested
   */
  static void check(AttestationReport attested, CaptureResult restored) throws HypervisorException {
    long pages = restored.differences().map(d -> d.totalPages()).orElse(Long.MAX_VALUE);
    check(attested, parse(restored.signedReport()).report(), pages);
  }

  static SignedReport parse(byte[] report) throws HypervisorException {
    try {
      return SignedReport.parse(report);
    } catch (MalformedReportException e) {
      throw new HypervisorException(
          Reason.RESTORE_FAILED, "a report cannot be read: " + e.getMessage(), e);
    }
  }

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
