// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.enrolment.EnrolmentService;
import io.vmattest.server.enrolment.KeyEnrolment;
import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.web.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;

/** The host and the key that it signs with. */
@Path("host")
@RequestScoped
@Produces(MediaTypes.JSON)
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class HostResource {
  @Inject Fleet fleet;
  @Inject EnrolmentService enrolments;

  @GET
  public JsonObject get() {
    JsonObjectBuilder json = JSON.createObjectBuilder().add("id", fleet.hostId());
    try {
      KeyEnrolment key = enrolments.current();
      json.add("enrolled", true)
          .add("keyEvidence", key.evidence().digest().hex())
          .add("device", key.evidence().device())
          .add("description", key.evidence().description());
    } catch (ServiceException e) {
      json.add("enrolled", false).add("reason", e.problem().name()).add("detail", e.detail());
    }
    return json.build();
  }
}
