// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmattest.scenarios.inside.FaultCounter;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A rollback, its ledger entry and its event are one transaction. */
@ExtendWith(ArquillianExtension.class)
class RollbackTransactionIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String SUCCESS = "\"type\":\"ROLLBACK\"";

  private final Testbed testbed = Testbed.get();

  @Test
  void faultAfterTheRestoreBringsTheSuspectBackWithNeitherEntryNorEvent() throws IOException {
    try (Guest guest = Guest.start(testbed, "transaction");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = new Vm(Api.as(testbed, "operator"), guest.id());
      vm.attestAsBaseline();
      guest.clearSmep();

      // The first append of the transaction fails: the restored VM stands paused by then.
      FaultCounter.ask(testbed.state(), 1);
      JsonObject failed = vm.rollBack();
      assertEquals("FAILED", failed.getString("state"), failed::toString);
      assertEquals(0, FaultCounter.left(testbed.state()), "faults that did not happen");
      assertEquals("running", guest.state());
      guest.nextTick();
      assertFalse(guest.wentBack(), "the suspect goes on where it was");
      assertEquals("DISCREPANT", vm.verify().getString("verdict"));
      Await.until("the failure's event", SOON, () -> events.count("ROLLBACK_FAILED") == 1);
      assertEquals(0, events.count(SUCCESS), () -> events.events().toString());

      JsonObject done = vm.rollBack();
      assertEquals("SUCCEEDED", done.getString("state"), done::toString);
      Await.until("the rollback's event", SOON, () -> events.count(SUCCESS) > 0);
      assertEquals(1, events.count(SUCCESS), () -> events.events().toString());
      List<String> summaries =
          LedgerReader.of(LedgerReader.all(Api.as(testbed, "auditor")), "ROLLBACK", guest.id())
              .stream()
              .map(entry -> entry.getString("summary"))
              .toList();
      assertEquals(4, summaries.size(), summaries::toString);
      assertEquals(
          2,
          summaries.stream().filter(s -> s.contains("was started by")).count(),
          summaries::toString);
      assertEquals(
          1,
          summaries.stream().filter(s -> s.startsWith("rolled back")).count(),
          summaries::toString);
      assertEquals("VERIFIED", vm.verify().getString("verdict"));
      assertFalse(guest.sawMismatch(), "RAM and disk belong together");
    }
  }
}
