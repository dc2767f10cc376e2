// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.core.report.Digest;
import io.vmattest.server.reaction.FourEyes;
import io.vmattest.server.reaction.RollbackPreviews;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Callers;
import io.vmattest.web.input.IdempotencyKey;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.view.RollbackAnswer;
import io.vmattest.web.view.RollbackView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.util.Optional;

/** Puts a VM back to a report's snapshot. */
@Path("vms/{id}/rollbacks")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.OPERATOR, Roles.ADMIN})
public class RollbacksResource {
  @Inject FourEyes people;
  @Inject RollbackPreviews previews;

  @POST
  @Consumes(MediaTypes.JSON)
  public Response rollBack(
      @PathParam("id") String id,
      @Context UriInfo uri,
      @Context HttpServletRequest caller,
      @Context HttpHeaders headers,
      InputStream body) {
    JsonInput input = JsonInput.read(body, "report", "dryRun");
    Optional<Digest> report = input.text("report").map(Ids::reportInBody);
    if (input.flag("dryRun")) {
      return Response.ok(RollbackView.of(previews.of(Ids.vm(id), report))).build();
    }
    return RollbackAnswer.of(
        people.rollBack(Ids.vm(id), report, Callers.person(caller), IdempotencyKey.of(headers)),
        uri);
  }
}
