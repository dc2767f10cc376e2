// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Has the server check something at length, and follows that until it is done. */
final class ServerCheck {
  private final Output output;
  private final RestClient client;
  private final Duration atMost;

  ServerCheck(Output output, RestClient client, Duration atMost) {
    this.output = output;
    this.client = client;
    this.atMost = atMost;
  }

  /**
   * What the check found; empty if it failed, which is printed then.
   *
   * @param path where such checks are started
   */
  Optional<JsonObject> run(String path, JsonObject request) throws IOException {
    Instant deadline = Instant.now().plus(atMost);
    JsonObject started = client.within(atMost).post(path, request).document();
    JsonObject operation = new FollowedOperation("check", output, deadline).follow(client, started);
    if (Answers.text(operation, "state").equals("SUCCEEDED")) {
      return Optional.of(Answers.object(operation, "result"));
    }
    output.line("Not checked: " + FollowedOperation.reason(operation));
    output.json(operation);
    return Optional.empty();
  }
}
