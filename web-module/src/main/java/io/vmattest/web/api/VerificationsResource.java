// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.verification.Verification;
import io.vmattest.server.verification.VerificationJson;
import io.vmattest.server.verification.VerificationService;
import io.vmattest.web.Roles;
import io.vmattest.web.input.Ids;
import io.vmattest.web.input.JsonInput;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** Captures now, compares, and answers what differs. */
@Path("vms/{id}/verifications")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.OPERATOR, Roles.ADMIN})
public class VerificationsResource {
  @Inject VerificationService verifications;

  @POST
  @Consumes(MediaTypes.JSON)
  public Response verify(@PathParam("id") String id, InputStream body) {
    JsonInput.read(body);
    Verification verification = verifications.verify(Ids.vm(id), Trigger.VERIFICATION);
    return Response.status(Response.Status.CREATED)
        .entity(VerificationJson.of(verification))
        .build();
  }
}
