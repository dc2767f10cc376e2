// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import java.io.InputStream;
import java.util.UUID;

/** The report that a VM is compared with. */
@Path("vms/{id}/baseline")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class BaselineResource {
  @Inject Baselines baselines;
  @Inject Fleet fleet;

  @GET
  public JsonObject get(@PathParam("id") String id) {
    UUID vm = fleet.member(Ids.vm(id)).id();
    return baselines
        .find(vm)
        .map(BaselineResource::json)
        .orElseThrow(() -> new ServiceException(Problem.NO_SUCH_REPORT, "the VM has no baseline"));
  }

  @PUT
  @Consumes(MediaTypes.JSON)
  @RolesAllowed(Roles.ADMIN)
  public JsonObject put(@PathParam("id") String id, InputStream body) {
    String digest =
        JsonInput.read(body, "report")
            .text("report")
            .orElseThrow(() -> new ServiceException(Problem.INVALID_REQUEST, "report is missing"));
    UUID vm = fleet.member(Ids.vm(id)).id();
    return json(baselines.set(vm, Ids.reportInBody(digest)));
  }

  private static JsonObject json(Baselines.Baseline baseline) {
    return JSON.createObjectBuilder()
        .add("report", baseline.report().digest().hex())
        .add("sequence", baseline.report().report().sequence())
        .add("snapshot", baseline.report().snapshotKept())
        .add("setAt", baseline.setAt().toString())
        .build();
  }
}
