// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.scenarios.inside.FaultCounter;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ArquillianExtension.class)
class IngestIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Testbed testbed = Testbed.get();

  @Test
  void faultAmidTheTransactionLeavesOneEntryAndOneEvent() throws IOException {
    try (Guest guest = Guest.start(testbed, "ingest");
        EventTap events = EventTap.open(testbed)) {
      FaultCounter.ask(testbed.state(), 2);
      Vm vm = new Vm(Api.as(testbed, "operator"), guest.id());
      JsonObject report = vm.attest("{}");
      assertEquals(0, FaultCounter.left(testbed.state()), "faults that did not happen");

      // A later report's event can only come after every event of the earlier.
      String later = vm.attest("{}").getString("digest");
      Await.until("the later event", SOON, () -> events.count(later) > 0);
      String digest = report.getString("digest");
      assertEquals(1, events.count(digest), () -> events.events().toString());

      List<JsonObject> entries = LedgerReader.all(Api.as(testbed, "auditor"));
      assertEquals(2, LedgerReader.reportsOf(entries, guest.id()).size(), entries::toString);
    }
  }
}
