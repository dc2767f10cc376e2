// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Guests that are cut off or stopped, and how that ends. */
@ExtendWith(ArquillianExtension.class)
class QuarantineIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Testbed testbed = Testbed.get();
  private final Api operator = Api.as(testbed, "operator");

  @Test
  void aGuestInQuarantineIsCutOffAndRunsUntilAPersonLiftsIt() throws IOException {
    try (Guest guest = Guest.startWithNetwork(testbed, "cut-off")) {
      Vm vm = quarantined(guest, "QUARANTINE_LINKS");
      assertTrue(guest.isCutOff());
      JsonObject quarantine = Vm.expect(200, operator.get(vm.path("/quarantine")));
      assertEquals("LINKS", quarantine.getString("kind"), quarantine::toString);
      guest.nextTick();
      assertEquals(204, operator.delete(vm.path("/quarantine")).status());
      assertFalse(guest.isCutOff());
    }
  }

  @Test
  void aRollbackEndsItAndTheLinksAreUpAsAttested() throws IOException {
    try (Guest guest = Guest.startWithNetwork(testbed, "connected");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = quarantined(guest, "QUARANTINE_LINKS");
      assertTrue(guest.isCutOff());
      assertEndsWithARollback(vm, events);
      assertFalse(guest.isCutOff());
      assertEquals("VERIFIED", vm.verify().getString("verdict"));
    }
  }

  @Test
  void aRollbackEndsItAndTheGuestRunsAsBefore() throws IOException {
    try (Guest guest = Guest.start(testbed, "released");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = quarantined(guest, "QUARANTINE_PAUSE");
      assertEquals("paused", guest.state());
      assertEndsWithARollback(vm, events);
      assertEquals("running", guest.state());
      guest.awaitAnotherTick();
      assertFalse(guest.sawMismatch(), "RAM and disk belong together");
      assertEquals("VERIFIED", vm.verify().getString("verdict"));
    }
  }

  private void assertEndsWithARollback(Vm vm, EventTap events) throws IOException {
    JsonObject done = vm.rollBack();
    assertEquals("SUCCEEDED", done.getString("state"), done::toString);
    Vm.refused(404, "NO_QUARANTINE", operator.get(vm.path("/quarantine")));
    String report = done.getJsonObject("result").getString("report");
    Await.until(
        "its end",
        SOON,
        () ->
            events.events().stream()
                .filter(event -> event.contains("\"QUARANTINE_LIFTED\""))
                .anyMatch(event -> event.contains("the rollback") && event.contains(report)));
    assertTrue(
        LedgerReader.of(LedgerReader.all(Api.as(testbed, "auditor")), "REACTION", vm.id()).stream()
            .anyMatch(e -> e.getString("summary").equals("quarantine ended by a rollback")));
  }

  private Vm quarantined(Guest guest, String reaction) throws IOException {
    Vm vm = new Vm(Api.as(testbed, "admin"), guest.id());
    vm.attestAsBaseline();
    String policy = "{\"intervalSeconds\": 0, \"reaction\": \"%s\"}".formatted(reaction);
    Vm.expect(200, vm.api().put(vm.path("/policy"), policy));
    guest.clearSmep();
    assertEquals("DISCREPANT", vm.verify().getString("verdict"));
    return vm;
  }
}
