// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.kernels.KernelJson;
import io.vmattest.server.kernels.Kernels;
import io.vmattest.web.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;

/** The kernels that guests are compared with. */
@Path("kernels")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class KernelsResource {
  @Inject Kernels kernels;

  @GET
  public JsonObject all() {
    JsonArrayBuilder items = JSON.createArrayBuilder();
    kernels.all().forEach(kernel -> items.add(KernelJson.of(kernel)));
    return JSON.createObjectBuilder().add("kernels", items).build();
  }

  /** What a guest's kernel is compared with is as good as the key of an admin. */
  @POST
  @Consumes({MediaTypes.DEB, MediaType.APPLICATION_OCTET_STREAM})
  @RolesAllowed(Roles.ADMIN)
  public JsonObject add(InputStream kernel) {
    return KernelJson.of(kernels.add(kernel));
  }
}
