// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.enrolment.KeyEnrolment;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;

/** Reports as the host gives them. */
public final class HostReports {
  private HostReports() {}

  /**
   * Reads a report.
   *
   * @throws ServiceException with CAPTURE_FAILED if it is none
   */
  public static SignedReport parse(byte[] cose) {
    try {
      return SignedReport.parse(cose);
    } catch (MalformedReportException e) {
      throw new ServiceException(
          Problem.CAPTURE_FAILED, "the host gave no well-formed report: " + e.getMessage(), e);
    }
  }

  /**
   * Puts the enrolment of its key into a report.
   *
   * @throws ServiceException with TEE_UNAVAILABLE if another key signed it than the one that is
   *     enrolled
   */
  public static SignedReport enrolled(SignedReport report, KeyEnrolment key) {
    if (!report.report().keyEvidence().equals(key.evidence().digest())) {
      throw new ServiceException(
          Problem.TEE_UNAVAILABLE, "the signing key changed while the VM was captured");
    }
    return report.withEnrolment(key.enrolment());
  }
}
