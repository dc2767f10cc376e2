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
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
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

  @Deployment(testable = false)
  static EnterpriseArchive product() {
    return ProductDeployment.product();
  }

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
  void unknownVmIsNotFound() throws IOException {
    Vm.refused(404, "NO_SUCH_VM", operator.post(attestations(UUID.randomUUID().toString()), "{}"));
  }

  @Test
  void vmThatIsShutOffIsToldSo() throws IOException {
    try (Guest off = Guest.start(TESTBED, "shut-off")) {
      TESTBED.virsh("destroy", off.name());
      Vm.refused(409, "VM_NOT_ACTIVE", operator.post(attestations(off.id()), "{}"));
    }
  }

  @Test
  void vmWithoutBaselineCannotBeVerifiedOrRolledBack() throws IOException {
    try (Guest fresh = Guest.start(TESTBED, "no-baseline")) {
      assertEquals(
          "NO_BASELINE",
          operator.post("/vms/" + fresh.id() + "/rollbacks", "{}").json().getString("reason"));
      fresh.nextTick();
    }
  }

  @Test
  void deviceThatBlocksMigrationIsNamedAndTheGuestRuns() throws IOException {
    try (Guest blocked = Guest.start(TESTBED, "blocked")) {
      // Memory shared with another host's guest cannot be migrated, nor captured.
      blocked.monitor("object_add memory-backend-ram,id=shared,size=1M,share=on");
      blocked.monitor("device_add ivshmem-plain,memdev=shared,master=off,bus=pci.2");
      JsonObject problem =
          Vm.refused(422, "MIGRATION_BLOCKED", operator.post(attestations(blocked.id()), "{}"));
      assertTrue(problem.getString("detail").contains("ivshmem"), problem::toString);
      blocked.nextTick();
    }
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

  @Test
  void confidentialGuestIsRefusedAndRuns() throws IOException {
    try (Guest confidential = Guest.start(TESTBED, "confidential")) {
      makeConfidential(confidential);
      JsonObject problem =
          Vm.refused(
              422, "CONFIDENTIAL_GUEST", operator.post(attestations(confidential.id()), "{}"));
      assertTrue(problem.getString("detail").contains("sev"), problem::toString);
      confidential.nextTick();
    }
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
