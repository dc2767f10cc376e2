// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.core.result.ResultJson;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.result.Results;
import io.vmattest.web.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;

/** Signed Attestation Results, by the index of their entry; they tell what was seen in guests. */
@Path("results")
@RequestScoped
@RolesAllowed({Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class ResultsResource {
  @Inject Results results;

  /** The public keys of all generations, in PEM, the newest last. */
  @GET
  @Path("keys")
  @Produces(MediaTypes.TEXT)
  @RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
  public String keys() {
    return results.keys();
  }

  @GET
  @Path("{index}")
  @Produces(MediaTypes.EAT_CWT + ";qs=0.5")
  public byte[] signed(@PathParam("index") String index) {
    return results.get(number(index)).encoded();
  }

  @GET
  @Path("{index}")
  @Produces(MediaTypes.JSON)
  public JsonObject rendered(@PathParam("index") String index) {
    return ResultJson.of(results.get(number(index)));
  }

  private static long number(String index) {
    try {
      return Long.parseLong(index);
    } catch (NumberFormatException e) {
      throw new ServiceException(Problem.NO_SUCH_ENTRY, "there is no entry of this index", e);
    }
  }
}
