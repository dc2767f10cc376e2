// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.view.PolicyView;
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

/** How a VM is appraised, and how often it is attested. */
@Path("vms/{id}/policy")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class PolicyResource {
  @Inject Policies policies;
  @Inject Fleet fleet;

  @GET
  public JsonObject get(@PathParam("id") String id) {
    return PolicyView.of(policies.of(fleet.member(Ids.vm(id)).id()));
  }

  @PUT
  @Consumes(MediaTypes.JSON)
  @RolesAllowed(Roles.ADMIN)
  public JsonObject put(@PathParam("id") String id, InputStream body) {
    VmPolicy policy = PolicyView.read(body);
    policies.set(fleet.member(Ids.vm(id)).id(), policy);
    return PolicyView.of(policy);
  }
}
