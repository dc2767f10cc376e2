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
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ArquillianExtension.class)
class MainJobIT {
  private static final long TAMPERED_PAGE = 0x100_0000;
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Testbed testbed = Testbed.get();
  private Guest guest;
  private Vm vm;

  @SuppressWarnings("NullAway.Init") // by start()
  MainJobIT() {}

  @Deployment(testable = false)
  static EnterpriseArchive product() {
    return ProductDeployment.product();
  }

  @BeforeEach
  void start() {
    guest = Guest.start(testbed, "main-job");
    vm = new Vm(Api.as(testbed, "operator"), guest.id());
  }

  @AfterEach
  void stop() {
    guest.close();
  }

  @Test
  void tamperedGuestIsFoundOutAndRolledBackToTheAttestedMoment() throws IOException {
    try (EventTap events = EventTap.open(testbed)) {
      vm.attestAsBaseline();
      long attested = guest.tick();
      assertEquals("VERIFIED", vm.verify().getString("verdict"));

      guest.clearSmep();
      long tampered = guest.awaitTickBeyond(attested + 3);
      JsonObject verification = vm.verify();
      assertEquals("DISCREPANT", verification.getString("verdict"), verification::toString);
      assertTrue(names(verification, "vcpu0 CR4"), verification::toString);

      JsonObject rollback = vm.rollBack();
      assertEquals("SUCCEEDED", rollback.getString("state"), rollback::toString);
      assertEquals("running", guest.state());
      assertEquals("VERIFIED", vm.verify().getString("verdict"));
      assertTrue(guest.nextTick() < tampered, "the guest goes on from the attested moment");
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
    Api viewer = Api.as(testbed, "viewer");
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
  void ledgerIsOneChain() throws IOException {
    vm.attest("{}");
    vm.attest("{}");
    List<JsonObject> entries = LedgerReader.all(Api.as(testbed, "auditor"));
    for (int i = 1; i < entries.size(); i++) {
      assertEquals(
          entries.get(i - 1).getString("entryHash"), entries.get(i).getString("previousHash"));
    }
    assertEquals(2, LedgerReader.reportsOf(entries, guest.id()).size());
  }

  private static boolean names(JsonObject verification, String subject) {
    return verification.getJsonArray("discrepancies").getValuesAs(JsonObject.class).stream()
        .anyMatch(d -> d.getString("subject").equals(subject));
  }
}
