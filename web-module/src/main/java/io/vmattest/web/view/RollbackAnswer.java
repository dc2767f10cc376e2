// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.operations.Operation;
import io.vmattest.server.reaction.FourEyes.Answer;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.util.UUID;

/** The answer to who wants something done: the operation, the window, or the proposal. */
public final class RollbackAnswer {
  private RollbackAnswer() {}

  public static Response of(Answer answer, UriInfo uri) {
    if (answer instanceof Answer.Started started) {
      Operation operation = started.operation();
      URI location = location(uri, "operations", operation.id());
      return Response.accepted(OperationView.of(operation, location.getPath()))
          .location(location)
          .build();
    }
    if (answer instanceof Answer.Begun begun) {
      return Response.ok(WindowView.of(begun.window())).build();
    }
    Answer.Waiting waiting = (Answer.Waiting) answer;
    return Response.accepted(
            JSON.createObjectBuilder().add("proposal", ProposalView.of(waiting.proposal())).build())
        .location(location(uri, "proposals", waiting.proposal().id()))
        .build();
  }

  private static URI location(UriInfo uri, String collection, UUID id) {
    return uri.getBaseUriBuilder().path(collection).path(id.toString()).build();
  }
}
