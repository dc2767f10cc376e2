// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How often a policy rolls a guest back by itself, and what is told when it does not. */
@ExtendWith(ArquillianExtension.class)
class AutomaticRollbackIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration ROLLBACK = Duration.ofMinutes(2);

  private final Testbed testbed = Testbed.get();
  private final Api admin = Api.as(testbed, "admin");

  @Test
  void afterAsManyAsThePeriodAllowsADiscrepancyIsAlertedOnly() throws IOException {
    try (Guest guest = Guest.startWithNetwork(testbed, "often");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = rolledBackByItself(guest, events, 1);
      guest.cutOff();
      assertRefused(vm, events, "MOST_ROLLBACKS");
      assertTrue(guest.isCutOff(), "it is as it was");
    }
  }

  @Test
  void theSameDiscrepancyStopsItAndAnotherOneWaitsForTheCoolDown() throws IOException {
    try (Guest guest = Guest.startWithNetwork(testbed, "again");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = rolledBackByItself(guest, events, 3);
      guest.clearSmep();
      assertRefused(vm, events, "SAME_DISCREPANCY");
      guest.cutOff();
      assertRefused(vm, events, "COOL_DOWN");
    }
  }

  private Vm rolledBackByItself(Guest guest, EventTap events, int mostRollbacks)
      throws IOException {
    Vm vm = new Vm(admin, guest.id());
    vm.attestAsBaseline();
    String policy =
        "{\"intervalSeconds\": 0, \"reaction\": \"ROLL_BACK\", \"mostRollbacks\": %d}"
            .formatted(mostRollbacks);
    Vm.expect(200, admin.put(vm.path("/policy"), policy));
    guest.clearSmep();
    assertEquals("DISCREPANT", vm.verify().getString("verdict"));
    Await.until("its rollback", ROLLBACK, () -> count(events, vm, "\"type\":\"ROLLBACK\"") == 1);
    guest.awaitAnotherTick();
    return vm;
  }

  /** Told once, however often it is found, with its reason; nothing is rolled back. */
  private void assertRefused(Vm vm, EventTap events, String limit) throws IOException {
    assertEquals("DISCREPANT", vm.verify().getString("verdict"));
    assertEquals("DISCREPANT", vm.verify().getString("verdict"));
    String refusal = "\"limit\":\"" + limit + "\"";
    Await.until("the refusal", SOON, () -> count(events, vm, refusal) > 0);
    assertEquals(1, count(events, vm, refusal), () -> events.events().toString());
    assertEquals(1, count(events, vm, "\"ROLLBACK_STARTED\""), () -> events.events().toString());
    List<String> summaries =
        LedgerReader.of(LedgerReader.all(admin), "REACTION", vm.id()).stream()
            .map(entry -> entry.getString("summary"))
            .toList();
    assertTrue(summaries.get(summaries.size() - 1).startsWith("not rolled back: "));
  }

  private static long count(EventTap events, Vm vm, String text) {
    return events.events().stream().filter(e -> e.contains(vm.id()) && e.contains(text)).count();
  }
}
