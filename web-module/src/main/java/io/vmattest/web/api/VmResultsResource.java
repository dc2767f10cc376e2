// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.core.result.ResultJson;
import io.vmattest.server.result.Results;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;

/** A VM's last signed Attestation Result. */
@Path("vms/{id}/results/latest")
@RequestScoped
@RolesAllowed({Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class VmResultsResource {
  @Inject Results results;

  @GET
  @Produces(MediaTypes.EAT_CWT + ";qs=0.5")
  public byte[] signed(@PathParam("id") String id) {
    return results.latest(Ids.vm(id)).encoded();
  }

  @GET
  @Produces(MediaTypes.JSON)
  public JsonObject rendered(@PathParam("id") String id) {
    return ResultJson.of(results.latest(Ids.vm(id)));
  }
}
