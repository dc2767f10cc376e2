// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineEvent.Type;
import io.vmattest.hypervisor.testing.RecordingEndpoint;
import io.vmattest.hypervisor.testing.TestGuest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EndpointDeliveryTest {
  private final RecordingEndpoint endpoint = new RecordingEndpoint();
  private final EndpointDelivery delivery =
      new EndpointDelivery(endpoint.factory(), new LifecycleActivationSpec(), Duration.ofMillis(1));

  @BeforeEach
  void start() {
    Thread thread = new Thread(delivery, "test-delivery");
    thread.setDaemon(true);
    thread.start();
  }

  @AfterEach
  void stop() {
    delivery.release();
  }

  private static VirtualMachineEvent event(String name) {
    return new VirtualMachineEvent(UUID.randomUUID(), name, Type.STARTED, Instant.EPOCH);
  }

  private void awaitEvents(List<VirtualMachineEvent> wanted) throws InterruptedException {
    TestGuest.awaitThat("all are delivered", () -> endpoint.events().size() >= wanted.size());
    assertEquals(wanted, endpoint.events());
  }

  @Test
  void anEndpointThatFailsForAWhileGetsTheEventLater() throws InterruptedException {
    endpoint.failTimes(5, new IllegalStateException("the queue is away"));
    VirtualMachineEvent event = event("vm");
    delivery.offer(event);
    awaitEvents(List.of(event));
    assertEquals(6, endpoint.transactions());
  }

  @Test
  void anErrorLosesOneEventAndNotThoseAfterIt() throws InterruptedException {
    endpoint.failOn("poison", new NoClassDefFoundError("missing"));
    VirtualMachineEvent second = event("second");
    delivery.offer(event("poison"));
    delivery.offer(second);
    awaitEvents(List.of(second));
  }
}
