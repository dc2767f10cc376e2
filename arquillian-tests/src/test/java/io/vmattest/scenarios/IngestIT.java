// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.scenarios.inside.FaultCounter;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ArquillianExtension.class)
class IngestIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Testbed testbed = Testbed.get();

  @Deployment(testable = false)
  static EnterpriseArchive product() {
    return ProductDeployment.product();
  }

  @Test
  void faultAmidTheTransactionLeavesOneEntryAndOneEvent() throws IOException {
    try (Guest guest = Guest.start(testbed, "ingest");
        EventTap events = EventTap.open(testbed)) {
      FaultCounter.ask(testbed.state(), 2);
      Vm vm = new Vm(Api.as(testbed, "operator"), guest.id());
      String digest = vm.attest("{}").getString("digest");
      assertEquals(0, FaultCounter.left(testbed.state()), "faults that did not happen");

      // A later report's event can only come after every event of the earlier.
      String later = vm.attest("{}").getString("digest");
      Await.until("the later event", SOON, () -> events.count(later) > 0);
      assertEquals(1, events.count(digest), () -> events.events().toString());
      assertEquals(1, entriesOf(digest));
    }
  }

  private long entriesOf(String digest) throws IOException {
    return LedgerReader.all(Api.as(testbed, "auditor")).stream()
        .filter(entry -> entry.getString("type").equals("REPORT"))
        .map(entry -> entry.getJsonNumber("index").longValue())
        .filter(index -> index == indexOf(digest))
        .count();
  }

  private long indexOf(String digest) {
    try {
      JsonObject report = Vm.expect(200, Api.as(testbed, "auditor").get("/attestations/" + digest));
      return report.getJsonNumber("ledgerIndex").longValue();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
