// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the server does in the background, and its end. */
final class Operations {
  private static final Duration LEDGER_CHECKED = Duration.ofSeconds(60);

  private Operations() {}

  /**
   * Starts one and waits for its end, whatever that is.
   *
   * @param within how long it may take
   */
  static JsonObject run(Api api, String path, String body, Duration within) throws IOException {
    return ended(api, Vm.expect(202, api.post(path, body)).getString("id"), within);
  }

  /** Waits for the end of one that was started, whatever that is. */
  static JsonObject ended(Api api, String id, Duration within) {
    return Await.value("the end of operation " + id, within, () -> ended(api, id));
  }

  /** The same where it has to succeed; its result. */
  static JsonObject succeed(Api api, String path, String body, Duration within) throws IOException {
    JsonObject ended = run(api, path, body, within);
    assertEquals("SUCCEEDED", ended.getString("state"), ended::toString);
    return ended.getJsonObject("result");
  }

  /** What the server's own check of its whole ledger finds. */
  static List<JsonValue> ledgerFindings(Api api) throws IOException {
    return succeed(api, "/ledger/checks", "{}", LEDGER_CHECKED).getJsonArray("findings");
  }

  private static Optional<JsonObject> ended(Api api, String id) {
    try {
      JsonObject state = Vm.expect(200, api.get("/operations/" + id));
      return Optional.of(state).filter(o -> !o.getString("state").equals("RUNNING"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
