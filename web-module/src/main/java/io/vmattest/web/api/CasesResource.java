// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.server.cases.CaseBundles;
import io.vmattest.server.cases.Cases;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.Paging;
import io.vmattest.web.view.CaseView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rollbacks that ended and verdicts with discrepancies, by the index of their entry; their bundles
 * tell what was in guests.
 */
@Path("cases")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class CasesResource {
  @Inject Cases cases;
  @Inject CaseBundles bundles;

  /** Rollbacks; a VM that is discrepant for long would hide them among its verdicts. */
  @GET
  public JsonObject list(
      @QueryParam("vm") @Nullable String vm, @QueryParam("limit") @Nullable String limit) {
    return CaseView.list(
        cases.list(Optional.ofNullable(vm).map(Ids::vm), Paging.limit(limit, Cases.MOST)));
  }

  @GET
  @Path("discrepant")
  public JsonObject findings(
      @QueryParam("vm") @Nullable String vm, @QueryParam("limit") @Nullable String limit) {
    return CaseView.list(
        cases.findings(Optional.ofNullable(vm).map(Ids::vm), Paging.limit(limit, Cases.MOST)));
  }

  @GET
  @Path("{index}")
  public JsonObject get(@PathParam("index") String index) {
    return CaseView.of(cases.get(number(index)));
  }

  @GET
  @Path("{index}/bundle")
  @Produces(CaseBundle.MEDIA_TYPE)
  public byte[] bundle(@PathParam("index") String index) {
    return bundles.bundle(number(index)).zip();
  }

  /** For those who may have the memory itself: its digest costs as much. */
  @GET
  @Path("{index}/bundle/with-core")
  @Produces(CaseBundle.MEDIA_TYPE)
  @RolesAllowed({Roles.AUDITOR, Roles.ADMIN})
  public byte[] bundleWithCore(@PathParam("index") String index) {
    return bundles.bundleWithCore(number(index)).zip();
  }

  private static long number(String index) {
    try {
      return Long.parseLong(index);
    } catch (NumberFormatException e) {
      throw new ServiceException(Problem.NO_SUCH_ENTRY, "there is no case of this id", e);
    }
  }
}
