// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.api;

import io.vmattest.web.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;

/** The live feed, as server-sent events. */
@Path("events")
@RequestScoped
@RolesAllowed({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class EventsResource {
  @Inject LiveFeed feed;

  @GET
  @FollowersLimit.Applies
  @Produces(MediaType.SERVER_SENT_EVENTS)
  public void subscribe(@Context Sse sse, @Context SseEventSink sink) {
    feed.add(sse, sink);
  }
}
