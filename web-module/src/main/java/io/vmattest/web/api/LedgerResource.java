// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
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
import java.util.List;
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
    boolean withBodies = Paging.flag("bodies", bodies);
    int most = Paging.limit(limit, withBodies ? LARGEST_PAGE_OF_BODIES : Ledger.LARGEST_PAGE);
    List<LedgerRecord> records = ledger.entries(Paging.after(after, FROM_THE_START), most);
    return withBodies ? LedgerView.pageWithBodies(records, most) : LedgerView.page(records, most);
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
