// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.operations.Operations;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.view.OperationView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.UriInfo;

/** How far long work has come. */
@Path("operations/{id}")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class OperationsResource {
  @Inject Operations operations;

  @GET
  public JsonObject get(@PathParam("id") String id, @Context UriInfo uri) {
    return OperationView.of(operations.find(Ids.operation(id)), uri.getRequestUri().getPath());
  }
}
