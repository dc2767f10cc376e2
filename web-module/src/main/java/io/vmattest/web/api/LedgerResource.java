// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Paging;
import io.vmattest.web.view.LedgerView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import org.jspecify.annotations.Nullable;

/** Reading the ledger. */
@Path("ledger")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.AUDITOR, Roles.ADMIN})
public class LedgerResource {
  private static final long FROM_THE_START = -1;
  private static final int LARGEST_PAGE_OF_BODIES = 100;

  @Inject Ledger ledger;

  @GET
  @Path("entries")
  public JsonObject entries(
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("bodies") @Nullable String bodies) {
    long last = Paging.after(after, FROM_THE_START);
    if (Paging.flag("bodies", bodies)) {
      int most = Paging.limit(limit, LARGEST_PAGE_OF_BODIES);
      return LedgerView.pageWithBodies(ledger.wholeEntries(last, most), most);
    }
    int most = Paging.limit(limit, Ledger.LARGEST_PAGE);
    return LedgerView.page(ledger.entries(last, most), most);
  }

  @GET
  @Path("entries/{index}")
  public JsonObject entry(@PathParam("index") String index) {
    try {
      return LedgerView.of(ledger.entry(Long.parseLong(index)));
    } catch (NumberFormatException e) {
      throw new ServiceException(Problem.NO_SUCH_ENTRY, "there is no entry of this index", e);
    }
  }

  @GET
  @Path("head")
  public JsonObject head() {
    return LedgerView.head(ledger.head());
  }
}
