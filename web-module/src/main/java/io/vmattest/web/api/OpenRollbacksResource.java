// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.operations.Operation;
import io.vmattest.server.rollback.RollbackResolutions;
import io.vmattest.web.Roles;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.view.OperationView;
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
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;

/** The host's rollbacks that are not over. */
@Path("rollbacks")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class OpenRollbacksResource {
  @Inject RollbackResolutions rollbacks;

  @GET
  public JsonObject open() {
    return rollbacks.open();
  }

  /** Against the transaction manager, should it come to know better: an admin's to answer for. */
  @POST
  @Path("{id}/resolution")
  @Consumes(MediaTypes.JSON)
  @RolesAllowed(Roles.ADMIN)
  public Response resolve(
      @PathParam("id") String id,
      @Context UriInfo uri,
      @Context SecurityContext caller,
      InputStream body) {
    JsonInput input = JsonInput.read(body, "outcome", "why");
    Operation operation =
        rollbacks.resolve(
            id,
            input.text("outcome").orElse(""),
            input.text("why").orElse(""),
            caller.getUserPrincipal().getName());
    URI location =
        uri.getBaseUriBuilder().path("operations").path(operation.id().toString()).build();
    return Response.accepted(OperationView.of(operation, location.getPath()))
        .location(location)
        .build();
  }
}
