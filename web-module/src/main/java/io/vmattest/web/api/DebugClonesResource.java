// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.core.report.Digest;
import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.snapshots.CloneRequest;
import io.vmattest.server.snapshots.SnapshotClone;
import io.vmattest.server.snapshots.SnapshotClones;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.view.CloneView;
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
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.util.UUID;

/** A snapshot's paused clone for a debugger, which everybody on the host reaches. */
@Path("vms/{id}/snapshots/{digest}/debug-clones")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed(Roles.ADMIN)
public class DebugClonesResource {
  @Inject SnapshotClones clones;
  @Inject Fleet fleet;

  @POST
  @Consumes(MediaTypes.JSON)
  public Response start(
      @PathParam("id") String id,
      @PathParam("digest") String digest,
      @Context SecurityContext caller,
      @Context UriInfo uri,
      InputStream body) {
    JsonInput input = JsonInput.read(body, "minutes", "why");
    CloneRequest request = CloneRequest.of(input.whole("minutes"), input.text("why"), name(caller));
    SnapshotClone clone = clones.start(member(id), Ids.snapshot(digest), request);
    return Response.created(uri.getAbsolutePathBuilder().path(clone.id().toString()).build())
        .entity(CloneView.of(clone))
        .build();
  }

  @GET
  public JsonObject list(@PathParam("id") String id, @PathParam("digest") String digest) {
    return CloneView.list(clones.list(member(id), Ids.snapshot(digest)));
  }

  @DELETE
  @Path("{clone}")
  public Response stop(
      @PathParam("id") String id,
      @PathParam("digest") String digest,
      @PathParam("clone") String clone,
      @Context SecurityContext caller) {
    Digest snapshot = Ids.snapshot(digest);
    clones.stop(member(id), snapshot, Ids.debugClone(clone), name(caller));
    return Response.noContent().build();
  }

  private static String name(SecurityContext caller) {
    return caller.getUserPrincipal().getName();
  }

  private UUID member(String id) {
    return fleet.member(Ids.vm(id)).id();
  }
}
