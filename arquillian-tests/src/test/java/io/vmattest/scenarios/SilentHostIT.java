// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.TrustTier;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nothing stops silently: a host that does not answer, and VMs whose next report does not come. */
@ExtendWith(ArquillianExtension.class)
class SilentHostIT {
  /** The testbed's limit for silence and three intervals of the policy are 15 s each. */
  private static final Duration NOTICED = Duration.ofSeconds(90);

  private static final Duration RECOVERY = Duration.ofSeconds(90);

  private static final Testbed TESTBED = Testbed.get();

  @SuppressWarnings("NullAway.Init") // by start()
  private static Guest guest;

  private final Vm vm = new Vm(Api.as(TESTBED, "admin"), guest.id());
  private final Api auditor = Api.as(TESTBED, "auditor");

  @BeforeAll
  static void start() {
    guest = Guest.start(TESTBED, "silent");
  }

  @AfterAll
  static void stop() {
    guest.close();
  }

  @Test
  void aHostWithoutLibvirtdIsNamedOnceItsVmIsOverdueAndItsReturnIsNamedToo() throws Exception {
    silence(TESTBED::stopLibvirtd, TESTBED::startLibvirtd);
  }

  @Test
  void aHostThatHangsIsSilentToo() throws Exception {
    silence(TESTBED::freezeLibvirtd, TESTBED::thawLibvirtd);
  }

  private void silence(Runnable takeAway, Runnable bringBack) throws Exception {
    vm.attestAsBaseline();
    Vm.expect(200, vm.api().put(vm.path("/policy"), "{\"intervalSeconds\": 5}"));
    int hostsBefore = hostEntries().size();
    int overdueBefore = overdue().size();
    try (EventTap events = EventTap.open(TESTBED)) {
      takeAway.run();
      try {
        Await.until("the host's silence", NOTICED, () -> events.count("\"HOST_SILENT\"") > 0);
        Await.until("the VM's being overdue", NOTICED, () -> isToldOverdue(events));
      } finally {
        bringBack.run();
      }
      Await.until("the host's return", RECOVERY, () -> events.count("\"HOST_BACK\"") > 0);
      int reports = Vm.reports(vm).size();
      Await.until("reports again", RECOVERY, () -> Vm.reports(vm).size() > reports);
      assertEquals(1, events.count("\"HOST_SILENT\""), () -> events.events().toString());
      assertEquals(1, events.count("\"HOST_BACK\""), () -> events.events().toString());
    } finally {
      Vm.expect(200, vm.api().put(vm.path("/policy"), "{}"));
    }
    guest.nextTick();

    List<JsonObject> hosts = hostEntries().subList(hostsBefore, hostEntries().size());
    assertEquals(2, hosts.size(), hosts::toString);
    assertTrue(hosts.get(0).getString("summary").contains("has not answered"), hosts::toString);
    assertTrue(hosts.get(1).getString("summary").contains("answers again"), hosts::toString);
    List<JsonObject> overdue = overdue();
    assertEquals(overdueBefore + 1, overdue.size(), overdue::toString);
    SignedResult result =
        Results.verified(vm.api(), overdue.get(overdueBefore).getJsonNumber("index").longValue());
    assertEquals(Verdict.OVERDUE, result.result().vm().verdict());
    assertEquals(TrustTier.WARNING, result.result().status());
    assertEquals(guest.id(), result.result().vm().vm().toString());
  }

  private static boolean isToldOverdue(EventTap events) {
    return events.events().stream()
        .anyMatch(
            event ->
                event.contains("\"VERDICT\"")
                    && event.contains("\"OVERDUE\"")
                    && event.contains(guest.id()));
  }

  private List<JsonObject> overdue() throws IOException {
    return LedgerReader.of(LedgerReader.all(auditor), "VERDICT", guest.id()).stream()
        .filter(entry -> entry.getString("summary").startsWith("OVERDUE"))
        .toList();
  }

  private List<JsonObject> hostEntries() throws IOException {
    return LedgerReader.of(LedgerReader.all(auditor), "HOST", "");
  }
}
