// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.output.ProgressLine;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;

/** Long work of the server, followed to its end with a line that tells how far it is. */
final class FollowedOperation {
  private static final Duration POLL = Duration.ofMillis(250);

  private final String name;
  private final Output output;
  private final Instant begun = Instant.now();
  private final Instant deadline;

  /**
   * @param name for people, such as rollback
   */
  FollowedOperation(String name, Output output, Instant deadline) {
    this.name = name;
    this.output = output;
    this.deadline = deadline;
  }

  /**
   * Gives the operation as it ended.
   *
   * @param started what the server answered when it started
   * @throws IOException also if it has not ended in time
   */
  JsonObject follow(RestClient client, JsonObject started) throws IOException {
    String path = "/operations/" + RestClient.escape(Answers.text(started, "id"));
    JsonObject operation = started;
    try (ProgressLine progress = new ProgressLine(output, System.console() != null)) {
      while (Answers.text(operation, "state").equals("RUNNING")) {
        pause();
        operation = ask(client, path);
        progress.show(Answers.text(operation, "step"), Answers.number(operation, "fraction"));
      }
    }
    return operation;
  }

  private JsonObject ask(RestClient client, String operation) throws IOException {
    Duration left = Duration.between(Instant.now(), deadline);
    try {
      if (!left.isNegative()) {
        return client.within(left).get(operation);
      }
    } catch (HttpTimeoutException e) {
      // Said below.
    }
    throw new IOException(
        "The %s has not ended within %d s; it goes on as %s."
            .formatted(name, Duration.between(begun, Instant.now()).toSeconds(), operation));
  }

  private void pause() throws IOException {
    try {
      Thread.sleep(POLL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted; the " + name + " goes on");
    }
  }

  /** Why it failed, as the server says; empty if it does not. */
  static JsonObject problem(JsonObject operation) {
    return operation.get("problem") instanceof JsonObject problem
        ? problem
        : JsonValue.EMPTY_JSON_OBJECT;
  }

  /** The same in one sentence. */
  static String reason(JsonObject operation) {
    JsonObject problem = problem(operation);
    return problem.getString("detail", problem.getString("title", "no reason was given"));
  }
}
