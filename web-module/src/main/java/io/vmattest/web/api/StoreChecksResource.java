// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.snapshots.StoreChecks;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import io.vmattest.web.view.OperationView;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;

/** Checks the store of snapshots. */
@Path("store/checks")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.OPERATOR, Roles.ADMIN})
public class StoreChecksResource {
  @Inject StoreChecks checks;
  @Inject Fleet fleet;

  @POST
  @Consumes(MediaTypes.JSON)
  public Response check(@Context UriInfo uri, InputStream body) {
    JsonInput input = JsonInput.read(body, "vm", "repair");
    Optional<UUID> vm = input.text("vm").map(id -> fleet.member(Ids.vm(id)).id());
    Operation operation = checks.start(vm, input.flag("repair"));
    URI location =
        uri.getBaseUriBuilder().path("operations").path(operation.id().toString()).build();
    return Response.accepted(OperationView.of(operation, location.getPath()))
        .location(location)
        .build();
  }
}
