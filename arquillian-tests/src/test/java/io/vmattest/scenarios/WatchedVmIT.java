// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What happens without anybody asking: timers, and the life of a VM. */
@ExtendWith(ArquillianExtension.class)
class WatchedVmIT {
  private static final Duration TWO_INTERVALS_AND_MORE = Duration.ofSeconds(60);
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Testbed testbed = Testbed.get();

  @Test
  void watchedVmIsAttestedByItsTimerAndItsEndIsTold() throws IOException {
    try (Guest guest = Guest.start(testbed, "watched");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = new Vm(Api.as(testbed, "admin"), guest.id());
      vm.attestAsBaseline();
      Vm.expect(200, vm.api().put(vm.path("/policy"), "{\"intervalSeconds\": 5}"));
      Await.until("two timers", TWO_INTERVALS_AND_MORE, () -> byTimer(vm).size() >= 2);
      List<JsonObject> reports = Vm.reports(vm);
      for (int i = 0; i < reports.size(); i++) {
        assertEquals(i + 1, reports.get(i).getInt("sequence"), reports::toString);
      }
      Vm.expect(200, vm.api().put(vm.path("/policy"), "{}"));
      guest.nextTick();

      testbed.virsh("destroy", guest.name());
      Await.until("its end", SOON, () -> toldOfEnd(events, guest));
      assertTrue(events.count("VERIFIED") > 0, () -> events.events().toString());
    }
  }

  private static boolean toldOfEnd(EventTap events, Guest guest) {
    return events.events().stream()
        .anyMatch(
            event ->
                event.contains("\"LIFECYCLE\"")
                    && event.contains(guest.id())
                    && event.contains("STOPPED"));
  }

  private static List<JsonObject> byTimer(Vm vm) {
    return Vm.reports(vm).stream()
        .filter(report -> report.getString("trigger").equals("timer"))
        .toList();
  }
}
