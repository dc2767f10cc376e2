// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.Quarantine;
import io.vmattest.server.reaction.Quarantines;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;

/** Whether a VM was stopped or cut off, and its way back. */
@Path("vms/{id}/quarantine")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class QuarantineResource {
  @Inject Quarantines quarantines;
  @Inject Fleet fleet;

  @GET
  public JsonObject get(@PathParam("id") String id) {
    return quarantines
        .find(fleet.member(Ids.vm(id)).id())
        .map(QuarantineResource::json)
        .orElseThrow(
            () -> new ServiceException(Problem.NO_QUARANTINE, "the VM is not in quarantine"));
  }

  @DELETE
  @RolesAllowed({Roles.OPERATOR, Roles.ADMIN})
  public Response lift(@PathParam("id") String id, @Context SecurityContext caller) {
    quarantines.lift(fleet.member(Ids.vm(id)).id(), caller.getUserPrincipal().getName());
    return Response.noContent().build();
  }

  private static JsonObject json(Quarantine quarantine) {
    JsonArrayBuilder links = JSON.createArrayBuilder();
    quarantine.addresses().forEach(links::add);
    return JSON.createObjectBuilder()
        .add("kind", quarantine.kind().name())
        .add("since", quarantine.since().toString())
        .add("ran", quarantine.ran())
        .add("links", links)
        .build();
  }
}
