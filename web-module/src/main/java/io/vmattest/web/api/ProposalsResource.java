// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.approval.Proposals;
import io.vmattest.server.reaction.FourEyes;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Callers;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.view.ProposalView;
import io.vmattest.web.view.RollbackAnswer;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;

/** What two people have to want. */
@Path("proposals")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class ProposalsResource {
  @Inject Proposals proposals;
  @Inject FourEyes people;

  @GET
  public JsonObject list() {
    return ProposalView.of(proposals.list());
  }

  @GET
  @Path("{id}")
  public JsonObject get(@PathParam("id") String id) {
    return ProposalView.of(proposals.get(Ids.proposal(id)));
  }

  @POST
  @Path("{id}/approvals")
  @Consumes(MediaTypes.JSON)
  @RolesAllowed({Roles.OPERATOR, Roles.ADMIN})
  public Response approve(
      @PathParam("id") String id,
      @Context UriInfo uri,
      @Context HttpServletRequest caller,
      InputStream body) {
    JsonInput.read(body);
    return RollbackAnswer.of(people.approve(Ids.proposal(id), Callers.person(caller)), uri);
  }

  @POST
  @Path("{id}/rejections")
  @Consumes(MediaTypes.JSON)
  @RolesAllowed({Roles.OPERATOR, Roles.ADMIN})
  public JsonObject reject(
      @PathParam("id") String id, @Context HttpServletRequest caller, InputStream body) {
    JsonInput.read(body);
    return ProposalView.of(proposals.reject(Ids.proposal(id), Callers.person(caller)));
  }
}
