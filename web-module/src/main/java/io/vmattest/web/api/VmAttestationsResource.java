// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.attestation.AttestationRequest;
import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.attestation.AttestationService;
import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.input.Paging;
import io.vmattest.web.view.ReportView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A VM's reports: the latest (AttestVMState), a fresh one, all of them. */
@Path("vms/{id}/attestations")
@RequestScoped
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class VmAttestationsResource {
  @Inject AttestationService attestations;
  @Inject Reports reports;
  @Inject Baselines baselines;
  @Inject Fleet fleet;

  /** AttestVMState, the report itself. */
  @GET
  @Path("latest")
  @Produces(MediaTypes.EAT_CWT + ";qs=0.5")
  public byte[] latestSigned(@PathParam("id") String id) {
    return latest(id).signed().encoded();
  }

  /** AttestVMState, for people. */
  @GET
  @Path("latest")
  @Produces(MediaTypes.JSON)
  public JsonObject latestRendered(@PathParam("id") String id) {
    return ReportView.of(latest(id));
  }

  @GET
  @Produces(MediaTypes.JSON)
  public JsonObject page(
      @PathParam("id") String id,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    UUID vm = fleet.member(Ids.vm(id)).id();
    int most = Paging.limit(limit, Reports.LARGEST_PAGE);
    return ReportView.page(reports.page(vm, Paging.after(after, 0), most), most);
  }

  @POST
  @Consumes(MediaTypes.JSON)
  @Produces(MediaTypes.JSON)
  @RolesAllowed({Roles.OPERATOR, Roles.ADMIN})
  public Response attest(
      @PathParam("id") String id,
      @Context SecurityContext client,
      @Context UriInfo uri,
      InputStream body) {
    JsonInput input = JsonInput.read(body, "nonce", "snapshot", "baseline");
    Optional<byte[]> nonce =
        input.base64url(
            "nonce", AttestationRequest.SHORTEST_NONCE, AttestationRequest.LONGEST_NONCE);
    UUID vm = Ids.vm(id);
    boolean baseline = input.flag("baseline");
    if (baseline) {
      mayChooseBaseline(vm, client);
    }
    StoredReport report =
        attestations
            .attest(
                new AttestationRequest(
                    vm, Trigger.REQUEST, nonce, input.flag("snapshot"), baseline, Optional.empty()))
            .report();
    return Response.created(
            uri.getBaseUriBuilder().path("attestations").path(report.digest().hex()).build())
        .entity(ReportView.of(report))
        .build();
  }

  /** Who may not choose baselines may still give a VM its first. */
  private void mayChooseBaseline(UUID vm, SecurityContext client) {
    if (!client.isUserInRole(Roles.ADMIN) && baselines.isChosen(vm)) {
      throw new ServiceException(
          Problem.NOT_ALLOWED, "the VM has a baseline; only an admin may choose another");
    }
  }

  private StoredReport latest(String id) {
    UUID vm = Ids.vm(id);
    return reports.latest(vm).orElseGet(() -> attestations.latest(fleet.member(vm).id()));
  }
}
