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
   * Reads a report and puts the enrolment of its key into it.
   *
   * @throws ServiceException with CAPTURE_FAILED if it is no report, or TEE_UNAVAILABLE if another
   *     key signed it than the one that is enrolled
   */
  public static SignedReport enrolled(byte[] cose, KeyEnrolment key) {
    try {
      SignedReport report = SignedReport.parse(cose);
      if (!report.report().keyEvidence().equals(key.evidence().digest())) {
        throw new ServiceException(
            Problem.TEE_UNAVAILABLE, "the signing key changed while the VM was captured");
      }
      return report.withEnrolment(key.enrolment());
    } catch (MalformedReportException e) {
      throw new ServiceException(
          Problem.CAPTURE_FAILED, "the host gave no well-formed report: " + e.getMessage(), e);
    }
  }
}
