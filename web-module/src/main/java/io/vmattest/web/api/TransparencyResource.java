// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.server.ledger.LedgerAdministration;
import io.vmattest.server.ledger.LedgerChecks;
import io.vmattest.server.ledger.LedgerProofs;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.Roles;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.input.Paging;
import io.vmattest.web.view.LedgerView;
import io.vmattest.web.view.OperationView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.CacheControl;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The ledger as a log that outsiders check without trusting the server: C2SP tlog-tiles,
 * tlog-checkpoint and tlog-proof.
 */
@Path("ledger")
@RequestScoped
@RolesAllowed({Roles.AUDITOR, Roles.ADMIN})
public class TransparencyResource {
  private static final int A_YEAR = 365 * 24 * 60 * 60;

  @Inject LedgerProofs proofs;
  @Inject LedgerAdministration administration;
  @Inject LedgerChecks checks;

  @GET
  @Path("checkpoint")
  @Produces(MediaTypes.TEXT)
  public Response checkpoint() {
    CacheControl never = new CacheControl();
    never.setNoStore(true);
    return Response.ok(proofs.checkpoint().encoded()).cacheControl(never).build();
  }

  /** All checkpoints that were signed, the smallest first. */
  @GET
  @Path("checkpoints")
  @Produces(MediaTypes.JSON)
  public JsonObject checkpoints(
      @QueryParam("after") @Nullable String after, @QueryParam("limit") @Nullable String limit) {
    int most = Paging.limit(limit, LedgerProofs.LARGEST_PAGE);
    return LedgerView.checkpoints(proofs.checkpoints(Paging.after(after, -1), most), most);
  }

  /** Full and partial tiles, and bundles of entries: none of them ever changes. */
  @GET
  @Path("tile/{path: .+}")
  @Produces(MediaTypes.OCTETS)
  public Response tile(@PathParam("path") String path) {
    CacheControl forEver = new CacheControl();
    forEver.setMaxAge(A_YEAR);
    forEver.getCacheExtension().put("immutable", "");
    return Response.ok(proofs.tile(parsed("tile/" + path))).cacheControl(forEver).build();
  }

  @GET
  @Path("entries/{index}/proof")
  @Produces(MediaTypes.TEXT)
  public byte[] proof(@PathParam("index") String index) {
    return proofs.inclusion(number("index", index)).encoded();
  }

  @GET
  @Path("consistency")
  @Produces(MediaTypes.JSON)
  public JsonObject consistency(
      @QueryParam("first") @Nullable String first, @QueryParam("second") @Nullable String second) {
    ConsistencyProof proof = proofs.consistency(number("first", first), number("second", second));
    return LedgerView.of(proof);
  }

  /** The log's verifier keys, one a line, the newest last. */
  @GET
  @Path("keys")
  @Produces(MediaTypes.TEXT)
  public String keys() {
    return String.join("\n", proofs.verifierKeys()) + "\n";
  }

  /** Makes new keys in the HSM; what was sealed and signed by the old ones stays verifiable. */
  @POST
  @Path("keys")
  @Produces(MediaTypes.JSON)
  @RolesAllowed(Roles.ADMIN)
  public JsonObject rotate(@Context SecurityContext caller) {
    return LedgerView.of(administration.rotateKeys(name(caller)));
  }

  /** Has the server check the whole ledger in its database. */
  @POST
  @Path("checks")
  @Produces(MediaTypes.JSON)
  public Response check(@Context UriInfo uri) {
    Operation operation = checks.start();
    URI location =
        uri.getBaseUriBuilder().path("operations").path(operation.id().toString()).build();
    return Response.accepted(OperationView.of(operation, location.getPath()))
        .location(location)
        .build();
  }

  /** Says that the database is known to be an older one, so that the server writes to it again. */
  @POST
  @Path("acknowledgements")
  @Consumes(MediaTypes.JSON)
  @Produces(MediaTypes.JSON)
  @RolesAllowed(Roles.ADMIN)
  public JsonObject acknowledge(InputStream body, @Context SecurityContext caller) {
    String reason =
        JsonInput.read(body, "reason")
            .text("reason")
            .filter(text -> !text.isBlank())
            .orElseThrow(
                () -> new ServiceException(Problem.INVALID_REQUEST, "reason is not given"));
    return LedgerView.of(administration.acknowledgeOlder(name(caller), reason));
  }

  private static String name(SecurityContext caller) {
    return caller.getUserPrincipal().getName();
  }

  private static TilePath parsed(String path) {
    try {
      return TilePath.parse(path);
    } catch (MalformedTlogException e) {
      throw new ServiceException(Problem.NO_SUCH_ENTRY, "there is no such tile", e);
    }
  }

  private static long number(String name, @Nullable String value) {
    try {
      return Long.parseLong(String.valueOf(value));
    } catch (NumberFormatException e) {
      throw new ServiceException(Problem.INVALID_REQUEST, name + " is not a number", e);
    }
  }
}
