// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ArquillianExtension.class)
class MainJobIT {
  private static final long TAMPERED_PAGE = 0x100_0000;
  private static final Duration SOON = Duration.ofSeconds(30);

  private static final Testbed TESTBED = Testbed.get();

  @SuppressWarnings("NullAway.Init") // by start()
  private static Guest guest;

  private final Vm vm = new Vm(Api.as(TESTBED, "admin"), guest.id());

  @BeforeAll
  static void start() {
    guest = Guest.start(TESTBED, "main-job");
  }

  @AfterAll
  static void stop() {
    guest.close();
  }

  @Test
  void tamperedGuestIsFoundOutAndRolledBackToTheAttestedMoment() throws IOException {
    try (EventTap events = EventTap.open(TESTBED)) {
      vm.attestAsBaseline();
      long attested = guest.tick();
      guest.awaitTickBeyond(attested + 3);
      assertEquals("VERIFIED", vm.verify().getString("verdict"));

      guest.clearSmep();
      JsonObject verification = vm.verify();
      assertEquals("DISCREPANT", verification.getString("verdict"), verification::toString);
      assertTrue(names(verification, "vcpu0 CR4"), verification::toString);

      JsonObject rollback = vm.rollBack();
      assertEquals("SUCCEEDED", rollback.getString("state"), rollback::toString);
      Await.until("the guest to go on from the attested moment", SOON, guest::wentBack);
      assertEquals("running", guest.state());
      assertEquals("VERIFIED", vm.verify().getString("verdict"));
      guest.nextTick();
      assertFalse(guest.sawMismatch(), "RAM and disk belong together");
      Await.until("the verdict as an event", SOON, () -> events.count("DISCREPANT") > 0);
    }
  }

  @Test
  void latestReportIsTheOneJustMadeWithItsNonce() throws IOException {
    String nonce =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(
                "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    JsonObject made = vm.attest("{\"nonce\": \"" + nonce + "\"}");
    assertEquals(nonce, made.getString("nonce"));
    Api viewer = Api.as(TESTBED, "viewer");
    byte[] latest = viewer.get(vm.path("/attestations/latest"), "application/eat+cwt").bytes();
    assertArrayEquals(Base64.getUrlDecoder().decode(made.getString("report")), latest);
  }

  @Test
  void suspendedGuestIsTheSameEachTimeAndOneChangedByteIsFound() throws IOException {
    guest.suspend();
    JsonObject first = vm.attestAsBaseline();
    JsonObject second = vm.attest("{}");
    assertEquals("suspended", second.getString("mode"));
    assertEquals(first.getJsonArray("components"), second.getJsonArray("components"));
    assertEquals("paused", guest.state());

    guest.poke(TAMPERED_PAGE);
    JsonObject verification = vm.verify();
    assertEquals("DISCREPANT", verification.getString("verdict"), verification::toString);
    assertTrue(
        verification.getJsonArray("discrepancies").getValuesAs(JsonObject.class).stream()
            .anyMatch(
                d ->
                    d.containsKey("guestPhysicalAddress")
                        && d.getJsonNumber("guestPhysicalAddress").longValue() == TAMPERED_PAGE),
        verification::toString);

    JsonObject rollback = vm.rollBack();
    assertEquals("SUCCEEDED", rollback.getString("state"), rollback::toString);
    assertEquals("paused", guest.state());
    JsonObject restored = vm.verify();
    assertEquals("VERIFIED", restored.getString("verdict"), restored::toString);
    assertEquals(0, restored.getInt("differingPages"));
    guest.resume();
    guest.nextTick();
  }

  @Test
  void ledgerIsOneChainInWhichEachReportIsOneEntry() throws IOException {
    Api auditor = Api.as(TESTBED, "auditor");
    int before = LedgerReader.reportsOf(LedgerReader.all(auditor), guest.id()).size();
    vm.attest("{}");
    vm.attest("{}");
    List<JsonObject> reports = LedgerReader.reportsOf(LedgerReader.all(auditor), guest.id());
    assertEquals(before + 2, reports.size());
    assertEquals(
        reports.size(), reports.stream().map(r -> r.getString("bodyDigest")).distinct().count());
  }

  private static boolean names(JsonObject verification, String subject) {
    return verification.getJsonArray("discrepancies").getValuesAs(JsonObject.class).stream()
        .anyMatch(d -> d.getString("subject").equals(subject));
  }
}
