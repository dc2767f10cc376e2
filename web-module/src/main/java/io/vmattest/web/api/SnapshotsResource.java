// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.core.report.Digest;
import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.snapshots.SnapshotComparison;
import io.vmattest.server.snapshots.SnapshotDifferences;
import io.vmattest.server.snapshots.SnapshotDifferencesJson;
import io.vmattest.server.snapshots.SnapshotExport;
import io.vmattest.server.snapshots.Snapshots;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.input.Paging;
import io.vmattest.web.view.SnapshotView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The snapshots that are kept of a VM. */
@Path("vms/{id}/snapshots")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.OPERATOR, Roles.ADMIN})
public class SnapshotsResource {
  @Inject Snapshots snapshots;
  @Inject SnapshotComparison comparison;
  @Inject SnapshotExport export;
  @Inject Fleet fleet;

  @GET
  @RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
  public JsonObject list(@PathParam("id") String id) {
    UUID vm = member(id);
    return SnapshotView.list(snapshots.list(vm), snapshots.bytes(vm));
  }

  @DELETE
  @Path("{digest}")
  public Response drop(@PathParam("id") String id, @PathParam("digest") String digest) {
    snapshots.drop(member(id), Ids.snapshot(digest));
    return Response.noContent().build();
  }

  /** Ends what keeps the state that a rollback replaced: its evidence may go from then on. */
  @POST
  @Path("{digest}/case-closures")
  @Consumes(MediaTypes.JSON)
  @RolesAllowed(Roles.ADMIN)
  public JsonObject closeCase(
      @PathParam("id") String id, @PathParam("digest") String digest, InputStream body) {
    JsonInput.read(body);
    return SnapshotView.of(snapshots.closeCase(member(id), Ids.snapshot(digest)));
  }

  @GET
  @Path("{digest}/differences/{other}")
  public JsonObject compare(
      @PathParam("id") String id,
      @PathParam("digest") String digest,
      @PathParam("other") String other,
      @QueryParam("limit") @Nullable String limit) {
    Digest first = Ids.snapshot(digest);
    Digest second = Ids.snapshot(other);
    return SnapshotDifferencesJson.of(comparison.compare(member(id), first, second, limit(limit)));
  }

  /** Acts on the guest: it is captured. */
  @POST
  @Path("{digest}/differences/current")
  @Consumes(MediaTypes.JSON)
  public Response compareWithCurrent(
      @PathParam("id") String id,
      @PathParam("digest") String digest,
      @QueryParam("limit") @Nullable String limit,
      @Context UriInfo uri,
      InputStream body) {
    JsonInput.read(body);
    SnapshotDifferences found =
        comparison.compareWithCurrent(member(id), Ids.snapshot(digest), limit(limit));
    String report = found.second().digest().hex();
    return Response.created(uri.getBaseUriBuilder().path("attestations").path(report).build())
        .entity(SnapshotDifferencesJson.of(found))
        .build();
  }

  /** The guest's memory is secret: not for those who only operate it. */
  @POST
  @Path("{digest}/cores")
  @Consumes(MediaTypes.JSON)
  @Produces({MediaTypes.OCTETS, MediaTypes.JSON})
  @RolesAllowed({Roles.AUDITOR, Roles.ADMIN})
  public Response core(
      @PathParam("id") String id,
      @PathParam("digest") String digest,
      @Context SecurityContext caller,
      InputStream body) {
    JsonInput.read(body);
    String by = caller.getUserPrincipal().getName();
    return CoreAnswer.of(export.core(member(id), Ids.snapshot(digest), by));
  }

  private static int limit(@Nullable String limit) {
    return Paging.limit(limit, SnapshotComparison.MOST_RUNS);
  }

  private UUID member(String id) {
    return fleet.member(Ids.vm(id)).id();
  }
}
