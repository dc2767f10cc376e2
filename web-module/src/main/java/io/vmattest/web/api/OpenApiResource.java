// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.web.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import java.io.IOException;
import java.io.InputStream;

/** The description of this API (OpenAPI 3.0). */
@Path("openapi.yaml")
@RequestScoped
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class OpenApiResource {
  @GET
  @Produces("application/yaml")
  public byte[] get() throws IOException {
    try (InputStream in = OpenApiResource.class.getResourceAsStream("/META-INF/openapi.yaml")) {
      if (in == null) {
        throw new IOException("the description of the API is not in the archive");
      }
      return in.readAllBytes();
    }
  }
}
