// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.maintenance.Maintenance;
import io.vmattest.server.maintenance.Windows;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.FourEyes;
import io.vmattest.server.reaction.FourEyes.Answer;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Callers;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.view.RollbackAnswer;
import io.vmattest.web.view.WindowView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.util.UUID;

/** A time in which a VM is changed on purpose. */
@Path("vms/{id}/maintenance")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class MaintenanceResource {
  @Inject Windows windows;
  @Inject Maintenance maintenance;
  @Inject FourEyes people;
  @Inject Fleet fleet;

  @GET
  public JsonObject get(@PathParam("id") String id) {
    return windows
        .find(member(id))
        .map(WindowView::of)
        .orElseThrow(
            () -> new ServiceException(Problem.NOT_IN_MAINTENANCE, "the VM is not in maintenance"));
  }

  @POST
  @Consumes(MediaTypes.JSON)
  @RolesAllowed(Roles.ADMIN)
  public Response begin(
      @PathParam("id") String id,
      @Context UriInfo uri,
      @Context HttpServletRequest caller,
      InputStream body) {
    JsonInput input = JsonInput.read(body, "why", "for");
    Answer answer =
        people.maintain(
            member(id),
            input.text("why").orElseThrow(() -> missing("why")),
            input.duration("for").orElseThrow(() -> missing("for")),
            Callers.person(caller));
    return RollbackAnswer.of(answer, uri);
  }

  /** A new Baseline is taken; the answer is the operation. */
  @DELETE
  @RolesAllowed(Roles.ADMIN)
  public Response end(
      @PathParam("id") String id, @Context UriInfo uri, @Context HttpServletRequest caller) {
    return RollbackAnswer.of(
        new Answer.Started(maintenance.end(member(id), Callers.person(caller).name())), uri);
  }

  private UUID member(String id) {
    return fleet.member(Ids.vm(id)).id();
  }

  private static ServiceException missing(String field) {
    return new ServiceException(Problem.INVALID_REQUEST, field + " is missing");
  }
}
