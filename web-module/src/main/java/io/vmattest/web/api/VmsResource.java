// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.fleet.Fleet;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.view.VmView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import java.time.Clock;

/** The inventory. */
@Path("vms")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class VmsResource {
  @Inject Fleet fleet;
  @Inject Clock clock;

  @GET
  public JsonObject all() {
    return VmView.of(fleet.members(), clock.instant());
  }

  @GET
  @Path("{id}")
  public JsonObject one(@PathParam("id") String id) {
    return VmView.of(fleet.member(Ids.vm(id)), clock.instant());
  }
}
