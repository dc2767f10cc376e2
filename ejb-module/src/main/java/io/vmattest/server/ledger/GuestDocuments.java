// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.appraisal.AppraisedState;
import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.bodies.UnreadableBodyException;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import java.util.Optional;

/** What was seen inside guests, by their reports. */
@Stateless
public class GuestDocuments {
  @Inject LedgerBodies bodies;

  /**
   * That of a report; empty if nobody looked into the guest.
   *
   * @throws ServiceException with LEDGER_DAMAGED if it is not the one that the report names, or
   *     HSM_UNAVAILABLE
   */
  public Optional<GuestDocument> find(StoredReport report) {
    try {
      return named(bodies, report.signed(), report.ledgerIndex());
    } catch (MalformedGuestDocumentException
        | ReportRejectedException
        | UnreadableBodyException e) {
      throw damaged(report, e);
    }
  }

  /** That of a report, which is the one that the report names, if it names one. */
  static Optional<GuestDocument> named(LedgerBodies bodies, SignedReport report, long index)
      throws MalformedGuestDocumentException, ReportRejectedException, UnreadableBodyException {
    Optional<byte[]> gzip = bodies.guest(report, index);
    Optional<GuestDocument> document =
        gzip.isPresent() ? Optional.of(GuestDocument.decompress(gzip.get())) : Optional.empty();
    ReportChecks.requireNamed(report, document);
    return document;
  }

  /**
   * A report with all that it can be compared by.
   *
   * @throws ServiceException with LEDGER_DAMAGED
   */
  public AppraisedState state(StoredReport report) {
    try {
      Optional<GuestDocument> document = find(report);
      Optional<GuestState> guest =
          document.isPresent() ? Optional.of(document.get().state()) : Optional.empty();
      return new AppraisedState(report.report(), Optional.of(report.canonicalConfig()), guest);
    } catch (MalformedGuestDocumentException e) {
      throw damaged(report, e);
    }
  }

  private static ServiceException damaged(StoredReport report, Exception cause) {
    return new ServiceException(
        Problem.LEDGER_DAMAGED,
        "what was seen of the guest is not what report " + report.digest().hex() + " names",
        cause);
  }
}
