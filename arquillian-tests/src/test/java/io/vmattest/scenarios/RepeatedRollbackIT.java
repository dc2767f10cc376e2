// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmattest.scenarios.Api.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client that does not know whether its request arrived, and asks again. */
@ExtendWith(ArquillianExtension.class)
class RepeatedRollbackIT {
  private static final Duration ENDS = Duration.ofMinutes(2);
  private static final String KEY = "\"7d0c-try\"";

  private final Testbed testbed = Testbed.get();

  @Test
  void theSameRequestIsOneRollbackWhileItRunsAndAfterwards() throws IOException {
    try (Guest guest = Guest.start(testbed, "repeated")) {
      Api api = Api.as(testbed, "operator");
      Vm vm = new Vm(api, guest.id());
      vm.attestAsBaseline();
      String path = vm.path("/rollbacks");
      String id = Vm.expect(202, api.post(path, "{}", KEY)).getString("id");
      assertEquals(id, Vm.expect(202, api.post(path, "{}", KEY)).getString("id"));
      assertEquals(id, Vm.expect(202, api.post(path, "{}")).getString("id"));
      assertEquals("SUCCEEDED", Await.value("its end", ENDS, () -> ended(api, id)));
      assertEquals(id, Vm.expect(202, api.post(path, "{}", KEY)).getString("id"));
      String other = "{\"report\": \"" + "a".repeat(64) + "\"}";
      Vm.refused(422, "IDEMPOTENCY_KEY_REUSED", api.post(path, other, KEY));
      Vm.refused(400, "INVALID_REQUEST", api.post(path, "{}", "unquoted"));
      // Begun once, and done once.
      assertEquals(
          2,
          LedgerReader.of(LedgerReader.all(Api.as(testbed, "auditor")), "ROLLBACK", guest.id())
              .size());
      guest.nextTick();
      assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    }
  }

  private static Optional<String> ended(Api api, String id) {
    try {
      Answer answer = api.get("/operations/" + id);
      return Optional.of(Vm.expect(200, answer).getString("state"))
          .filter(state -> !state.equals("RUNNING"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
