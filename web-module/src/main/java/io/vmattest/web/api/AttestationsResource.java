// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.ledger.GuestDocuments;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.verification.ReportComparison;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.view.GuestView;
import io.vmattest.web.view.ReportView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;

/** Reports by their digest. */
@Path("attestations/{digest}")
@RequestScoped
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class AttestationsResource {
  @Inject Reports reports;
  @Inject GuestDocuments guests;
  @Inject ReportComparison comparison;

  @GET
  @Produces(MediaTypes.EAT_CWT + ";qs=0.5")
  public byte[] signed(@PathParam("digest") String digest) {
    return reports.get(Ids.report(digest)).signed().encoded();
  }

  @GET
  @Produces(MediaTypes.JSON)
  public JsonObject rendered(@PathParam("digest") String digest) {
    return ReportView.of(reports.get(Ids.report(digest)));
  }

  /** What was seen inside the guest; it tells command lines and addresses of the kernel. */
  @GET
  @Path("guest")
  @Produces(MediaTypes.JSON)
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
  public JsonObject guest(@PathParam("digest") String digest) {
    StoredReport report = reports.get(Ids.report(digest));
    return GuestView.of(
        report,
        guests
            .find(report)
            .orElseThrow(
                () ->
                    new ServiceException(
                        Problem.NO_SUCH_REPORT, "nobody looked into the guest for this report")));
  }

  /** What it differs in from a later one of the same VM. */
  @GET
  @Path("differences/{other}")
  @Produces(MediaTypes.JSON)
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
  public JsonObject differences(
      @PathParam("digest") String digest, @PathParam("other") String other) {
    return GuestView.of(comparison.compare(Ids.report(digest), Ids.report(other)));
  }
}
