// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.ledger.Reports;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
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
}
