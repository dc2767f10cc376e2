// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.hypervisor.testing.TestHost;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The counter as an application has it. Needs libvirt and swtpm, and no guest. */
@Tag("guest")
class TpmCounterIT {
  /** VMTEE_COUNTER_INDEX of vmtee.h. */
  private static final int INDEX = 0x0180564d;

  private TestHost host;

  @BeforeEach
  void start() throws Exception {
    host = new TestHost();
  }

  @AfterEach
  void stop() throws Exception {
    host.close();
  }

  /** Something to do with the counter. */
  private interface Work {
    void on(MonotonicCounter counter) throws Exception;
  }

  private void withConnection(Work work) throws Exception {
    HypervisorManagedConnection managed = new HypervisorManagedConnection(host.services());
    try (HypervisorConnection connection =
        (HypervisorConnection) managed.getConnection(null, null)) {
      work.on(connection.counter());
    } finally {
      managed.destroy();
    }
  }

  @Test
  void itGrowsByOneAndGoesOnAfterRestartsOfServerAndTpm() throws Exception {
    CounterValue[] last = new CounterValue[1];
    withConnection(
        counter -> {
          CounterValue first = counter.read();
          assertTrue(first.value() > 0, first::toString);
          assertTrue(first.id().matches("[0-9a-f]{32}"), first::toString);
          last[0] = counter.increment();
          assertEquals(new CounterValue(first.id(), first.value() + 1), last[0]);
        });
    host.restart();
    host.tpm().kill();
    host.tpm().start();
    withConnection(
        counter -> {
          assertEquals(last[0], counter.read());
          assertEquals(last[0].value() + 1, counter.increment().value());
        });
  }

  @Test
  void withoutItsTpmItIsUnavailableAndThenGoesOn() throws Exception {
    withConnection(
        counter -> {
          CounterValue before = counter.increment();
          host.tpm().kill();
          assertUnavailable(counter);
          host.tpm().start();
          assertEquals(before, counter.read());
        });
  }

  @Test
  void whatElseHasItsPlaceMakesItUnavailable() throws Exception {
    host.tpm().defineOrdinaryIndex(INDEX);
    withConnection(TpmCounterIT::assertUnavailable);
  }

  @Test
  void itEndsWithItsConnection() throws Exception {
    MonotonicCounter[] kept = new MonotonicCounter[1];
    withConnection(counter -> kept[0] = counter);
    assertThrows(IllegalStateException.class, kept[0]::read);
    assertThrows(IllegalStateException.class, kept[0]::increment);
  }

  private static void assertUnavailable(MonotonicCounter counter) {
    assertEquals(
        Reason.TEE_UNAVAILABLE, assertThrows(HypervisorException.class, counter::read).reason());
    assertEquals(
        Reason.TEE_UNAVAILABLE,
        assertThrows(HypervisorException.class, counter::increment).reason());
  }
}
