// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ArquillianExtension.class)
class BadInputIT {
  private static final Testbed TESTBED = Testbed.get();
  private static final int HUGE = 100_000;

  @SuppressWarnings("NullAway.Init") // by start()
  private static Guest guest;

  private final Api operator = Api.as(TESTBED, "operator");

  @BeforeAll
  static void start() {
    guest = Guest.start(TESTBED, "bad-input");
  }

  @AfterAll
  static void stop() {
    guest.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{} {}",
        "{\"nonce\": 7}",
        "{\"nonce\": \"not base64!\"}",
        "{\"nonce\": \"c2hvcnQ\"}",
        "{\"snapshot\": \"yes\"}",
        "{\"snapshot\": true, \"snapshot\": true}",
        "{\"colour\": \"blue\"}"
      })
  void malformedRequestIsRefusedAndTheGuestRuns(String body) throws IOException {
    Vm.refused(400, "INVALID_REQUEST", operator.post(attestations(guest.id()), body));
    guest.nextTick();
  }

  @Test
  void nonceOfMoreThan64BytesIsRefused() throws IOException {
    String nonce = "A".repeat(88);
    Vm.refused(
        400,
        "INVALID_REQUEST",
        operator.post(attestations(guest.id()), "{\"nonce\": \"" + nonce + "\"}"));
  }

  @Test
  void hugeBodyIsRefused() throws IOException {
    Api.Answer answer =
        operator.post(attestations(guest.id()), "{\"nonce\": \"" + "A".repeat(HUGE) + "\"}");
    assertEquals(413, answer.status(), answer::toString);
    assertEquals("application/problem+json", answer.header("Content-Type"));
  }

  @Test
  void hugeBodyWithoutAnnouncedLengthIsRefused() throws IOException {
    Api.Answer answer =
        operator.postChunked(attestations(guest.id()), "{\"nonce\": \"" + "A".repeat(HUGE) + "\"}");
    assertEquals(413, answer.status(), answer::toString);
    assertEquals("application/problem+json", answer.header("Content-Type"));
  }

  @Test
  void unknownVmIsNotFound() throws IOException {
    Vm.refused(404, "NO_SUCH_VM", operator.post(attestations(UUID.randomUUID().toString()), "{}"));
  }

  @Test
  void vmWithoutBaselineIsUnverifiableAndCannotBeRolledBack() throws IOException {
    Vm vm = new Vm(operator, guest.id());
    assertEquals("UNVERIFIABLE", vm.verify().getString("verdict"));
    Vm.refused(409, "NO_BASELINE", operator.post(vm.path("/rollbacks"), "{}"));
    guest.nextTick();
  }

  /** One guest for what nothing can be done with afterwards. */
  @Test
  void guestsThatCannotBeCapturedAreToldWhyAndStayAsTheyAre() throws IOException {
    try (Guest odd = Guest.start(TESTBED, "odd")) {
      makeUnmigratable(odd);
      JsonObject blocked =
          Vm.refused(422, "MIGRATION_BLOCKED", operator.post(attestations(odd.id()), "{}"));
      assertTrue(blocked.getString("detail").contains("ivshmem"), blocked::toString);
      odd.nextTick();

      makeConfidential(odd);
      JsonObject confidential =
          Vm.refused(422, "CONFIDENTIAL_GUEST", operator.post(attestations(odd.id()), "{}"));
      assertTrue(confidential.getString("detail").contains("sev"), confidential::toString);
      odd.nextTick();

      TESTBED.virsh("destroy", odd.name());
      Vm.refused(409, "VM_NOT_ACTIVE", operator.post(attestations(odd.id()), "{}"));
      assertEquals("shut off", odd.state());
    }
  }

  /** Memory shared with another host's guest cannot be migrated, nor captured. */
  private static void makeUnmigratable(Guest guest) {
    guest.monitor("object_add memory-backend-ram,id=shared,size=1M,share=on");
    guest.monitor("device_add ivshmem-plain,memdev=shared,master=off,bus=pci.2");
  }

  @Test
  void twoCapturesOfOneVmDoNotMeet() throws IOException {
    List<CompletableFuture<Api.Answer>> answers =
        IntStream.range(0, 4).mapToObj(i -> CompletableFuture.supplyAsync(this::attest)).toList();
    long made =
        answers.stream().map(CompletableFuture::join).filter(a -> a.status() == 201).count();
    assertTrue(made >= 1, "none was made");
    for (CompletableFuture<Api.Answer> answer : answers) {
      if (answer.join().status() != 201) {
        Vm.refused(409, "CAPTURE_IN_PROGRESS", answer.join());
      }
    }
    assertTrue(made < answers.size(), "the captures were so fast that they never met");
    guest.nextTick();
  }

  /** No machine here can start one, so libvirtd is told while it is away that it has. */
  private static void makeConfidential(Guest guest) throws IOException {
    TESTBED.stopLibvirtd();
    Path status = TESTBED.libvirt().resolve("run/qemu").resolve(guest.name() + ".xml");
    String xml = Files.readString(status);
    int end = xml.lastIndexOf("</domain>");
    Files.writeString(
        status,
        xml.substring(0, end)
            + "<launchSecurity type='sev'><cbitpos>47</cbitpos><reducedPhysBits>1</reducedPhysBits>"
            + "<policy>0x3</policy></launchSecurity>"
            + xml.substring(end));
    TESTBED.startLibvirtd();
  }

  private Api.Answer attest() {
    try {
      return operator.post(attestations(guest.id()), "{}");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String attestations(String vm) {
    return "/vms/" + vm + "/attestations";
  }
}
