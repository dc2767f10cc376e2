// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.result.DiscrepancyJson;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.verification.ReportComparison.Differences;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;

/** What was seen inside a guest, and what two reports differ in. */
public final class GuestView {
  private GuestView() {}

  /** The document as the report names it, and which report that is. */
  public static JsonObject of(StoredReport report, GuestDocument document) {
    try {
      return JSON.createObjectBuilder()
          .add("report", state(report))
          .add("digest", document.digest().hex())
          .add("guest", document.json())
          .build();
    } catch (MalformedGuestDocumentException e) {
      throw new ServiceException(
          Problem.LEDGER_DAMAGED, "what was seen of the guest cannot be read", e);
    }
  }

  /** Where two reports differ. */
  public static JsonObject of(Differences found) {
    JsonArrayBuilder discrepancies = JSON.createArrayBuilder();
    found.discrepancies().forEach(d -> discrepancies.add(DiscrepancyJson.of(d)));
    return JSON.createObjectBuilder()
        .add("first", state(found.first()))
        .add("second", state(found.second()))
        .add("discrepancies", discrepancies)
        .build();
  }

  private static JsonObjectBuilder state(StoredReport report) {
    return JSON.createObjectBuilder()
        .add("digest", report.digest().hex())
        .add("sequence", report.report().sequence())
        .add("capturedAt", report.report().capturedAt().toString())
        .add("mode", report.report().mode().claim());
  }
}
