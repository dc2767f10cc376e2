// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.hypervisor.testing.TestHost;
import java.nio.file.Files;
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
    withConnection(host.services(), work);
  }

  private static void withConnection(HostServices services, Work work) throws Exception {
    HypervisorManagedConnection managed = new HypervisorManagedConnection(services);
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
  void twoServersOnOneTpmCountApartByTheirSlots() throws Exception {
    HostSettings other =
        HostSettings.of(
                host.services().uri(),
                "other",
                Files.createDirectory(host.folder().resolve("other")),
                host.tpm().tcti())
            .withCounterSlot(15);
    try (HostServices services = HostServices.open(other)) {
      withConnection(
          mine ->
              withConnection(
                  services,
                  theirs -> {
                    CounterValue before = theirs.read();
                    CounterValue counted = mine.increment();
                    assertNotEquals(before.id(), counted.id());
                    assertEquals(before, theirs.read());
                    assertEquals(before.value() + 1, theirs.increment().value());
                    assertEquals(counted, mine.read());
                  }));
    }
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
