// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.scenarios.Api.Answer;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a caller does with one VM, where it is to work. */
record Vm(Api api, String id) {
  private static final Duration CONVERGES = Duration.ofSeconds(60);
  private static final Duration ROLLBACK_DEADLINE = Duration.ofMinutes(2);

  String path(String tail) {
    return "/vms/" + id + tail;
  }

  /** Tried again where a busy machine made the guest stand still for longer than is allowed. */
  JsonObject attest(String body) throws IOException {
    return expect(201, Await.value("a short enough pause", CONVERGES, () -> converged(body)));
  }

  private Optional<Answer> converged(String body) {
    try {
      Answer answer = api.post(path("/attestations"), body);
      boolean tooLong =
          answer.status() == 422 && answer.json().getString("reason", "").equals("NOT_CONVERGING");
      return tooLong ? Optional.empty() : Optional.of(answer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With a snapshot, and from now on what the VM is compared with. */
  JsonObject attestAsBaseline() throws IOException {
    return attest("{\"snapshot\": true, \"baseline\": true}");
  }

  JsonObject verify() throws IOException {
    return expect(201, api.post(path("/verifications"), "{}"));
  }

  /** Starts a rollback to the baseline and waits for its end, whatever that is. */
  JsonObject rollBack() throws IOException {
    return Operations.run(api, path("/rollbacks"), "{}", ROLLBACK_DEADLINE);
  }

  /** Its appended reports in the order of their numbers; no more than 100. */
  static List<JsonObject> reports(Vm vm) {
    try {
      return expect(200, vm.api().get(vm.path("/attestations?limit=100")))
          .getJsonArray("attestations")
          .getValuesAs(JsonObject.class);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static JsonObject expect(int status, Answer answer) {
    assertEquals(status, answer.status(), answer::toString);
    return answer.json();
  }

  /** A problem (RFC 9457) of this status and reason. */
  static JsonObject refused(int status, String reason, Answer answer) {
    assertEquals(status, answer.status(), answer::toString);
    assertEquals("application/problem+json", answer.header("Content-Type"));
    JsonObject problem = answer.json();
    assertEquals(status, problem.getInt("status"));
    assertEquals(reason, problem.getString("reason"), problem::toString);
    return problem;
  }
}
