// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a policy does about a discrepancy, with guests that a rootkit got into. */
@ExtendWith(ArquillianExtension.class)
class ReactionIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration ROLLBACK = Duration.ofMinutes(2);

  private final Testbed testbed = Testbed.get();
  private final Api admin = Api.as(testbed, "admin");
  private final Api operator = Api.as(testbed, "operator");

  @Test
  void aGuestInQuarantineStandsStillUntilAPersonLiftsIt() throws IOException {
    try (Guest guest = Guest.start(testbed, "quarantine");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = watched(guest, "QUARANTINE_PAUSE");
      Vm.refused(404, "NO_QUARANTINE", operator.get(vm.path("/quarantine")));
      guest.clearSmep();
      assertEquals("DISCREPANT", vm.verify().getString("verdict"));
      assertEquals("paused", guest.state());
      JsonObject quarantine = Vm.expect(200, operator.get(vm.path("/quarantine")));
      assertEquals("PAUSE", quarantine.getString("kind"), quarantine::toString);

      assertEquals("DISCREPANT", vm.verify().getString("verdict"));
      assertEquals("paused", guest.state());
      assertEquals(204, operator.delete(vm.path("/quarantine")).status());
      assertEquals("running", guest.state());
      guest.nextTick();
      Await.until("its end", SOON, () -> events.count("\"QUARANTINE_LIFTED\"") == 1);
      assertEquals(1, events.count("\"QUARANTINED\""), () -> events.events().toString());
    }
  }

  @Test
  void aRollbackRunsOnceTwoPeopleWantWhatThePolicyProposes() throws IOException {
    try (Guest guest = Guest.start(testbed, "four-eyes");
        EventTap events = EventTap.open(testbed)) {
      Vm vm = watched(guest, "APPROVE");
      guest.clearSmep();
      assertEquals("DISCREPANT", vm.verify().getString("verdict"));
      assertEquals("DISCREPANT", vm.verify().getString("verdict"));
      Await.until("the proposal", SOON, () -> events.count("\"PROPOSAL\"") > 0);
      String approvals = "/proposals/" + open(vm).getString("id") + "/approvals";

      JsonObject confirmed = Vm.expect(202, operator.post(approvals, "{}"));
      assertEquals("OPEN", confirmed.getJsonObject("proposal").getString("state"));
      Vm.refused(403, "NOT_ALLOWED", operator.post(approvals, "{}"));
      assertFalse(guest.wentBack());
      JsonObject done = Operations.run(admin, approvals, "{}", ROLLBACK);
      assertEquals("SUCCEEDED", done.getString("state"), done::toString);
      assertEquals("VERIFIED", vm.verify().getString("verdict"));
      Await.until("both events", SOON, () -> events.count("\"APPROVED\"") == 1);
      assertEquals(3, events.count("\"PROPOSAL\""), () -> events.events().toString());
      assertEquals(3, LedgerReader.of(LedgerReader.all(admin), "REACTION", guest.id()).size());
      Vm.refused(409, "PROPOSAL_CLOSED", admin.post(approvals, "{}"));
    }
  }

  @Test
  void whatAPersonAsksForIsProposedTooAndADryRunSaysSo() throws IOException {
    try (Guest guest = Guest.start(testbed, "proposed")) {
      Vm vm = watched(guest, "APPROVE");
      JsonObject preview =
          Vm.expect(200, operator.post(vm.path("/rollbacks"), "{\"dryRun\": true}"));
      assertEquals("PROPOSE", preview.getString("outcome"), preview::toString);
      assertEquals(0, preview.getJsonArray("touchedDisks").size(), preview::toString);
      Vm.expect(202, operator.post(vm.path("/rollbacks"), "{}"));
      Vm.refused(409, "PROPOSAL_OPEN", operator.post(vm.path("/rollbacks"), "{}"));
      String rejections = "/proposals/" + open(vm).getString("id") + "/rejections";
      assertEquals("REJECTED", Vm.expect(200, admin.post(rejections, "{}")).getString("state"));
      guest.nextTick();
      assertFalse(guest.wentBack(), "nothing was rolled back");
    }
  }

  @Test
  void inMaintenanceNothingIsReactedToAndItsEndTakesANewBaseline() throws IOException {
    try (Guest guest = Guest.start(testbed, "patched")) {
      Vm vm = watched(guest, "QUARANTINE_PAUSE");
      String former = Vm.expect(200, admin.get(vm.path("/baseline"))).getString("report");
      String window = "{\"why\": \"patches\", \"for\": \"PT1H\"}";
      Vm.expect(200, admin.post(vm.path("/maintenance"), window));
      Vm.refused(409, "IN_MAINTENANCE", admin.post(vm.path("/maintenance"), window));
      guest.clearSmep();
      assertEquals("DISCREPANT", vm.verify().getString("verdict"));
      assertEquals("running", guest.state());

      String ending = Vm.expect(202, admin.delete(vm.path("/maintenance"))).getString("id");
      JsonObject ended = Operations.ended(admin, ending, ROLLBACK);
      assertEquals("SUCCEEDED", ended.getString("state"), ended::toString);
      JsonObject baseline = Vm.expect(200, admin.get(vm.path("/baseline")));
      assertNotEquals(former, baseline.getString("report"));
      assertTrue(baseline.getBoolean("snapshot"), baseline::toString);
      assertEquals("VERIFIED", vm.verify().getString("verdict"));
      Vm.refused(404, "NOT_IN_MAINTENANCE", admin.get(vm.path("/maintenance")));
    }
  }

  private Vm watched(Guest guest, String reaction) throws IOException {
    Vm vm = new Vm(admin, guest.id());
    vm.attestAsBaseline();
    String policy = "{\"intervalSeconds\": 0, \"reaction\": \"%s\"}".formatted(reaction);
    assertEquals(
        reaction, Vm.expect(200, admin.put(vm.path("/policy"), policy)).getString("reaction"));
    return vm;
  }

  private JsonObject open(Vm vm) throws IOException {
    return Vm.expect(200, operator.get("/proposals"))
        .getJsonArray("proposals")
        .getValuesAs(JsonObject.class)
        .stream()
        .filter(p -> p.getString("vm").equals(vm.id()) && p.getString("state").equals("OPEN"))
        .findFirst()
        .orElseThrow();
  }
}
