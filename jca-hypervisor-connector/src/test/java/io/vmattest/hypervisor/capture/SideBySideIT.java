// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.CaptureMode;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.ra.HostOperations;
import io.vmattest.hypervisor.ra.HostServices;
import io.vmattest.hypervisor.ra.HostSettings;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Several guests of a host at once, within its budget. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SideBySideIT {
  private static final int GUESTS = 3;
  private static final int AT_ONCE = 2;

  /** Bytes a second; a guest of the test's sends more than {@link #LEAST_BYTES}. */
  private static final long BANDWIDTH = 64L << 20;

  private static final long LEAST_BYTES = 48L << 20;

  private final List<TestGuest> guests = new ArrayList<>();
  private TestHost host;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    for (int i = 0; i < GUESTS; i++) {
      guests.add(TestGuest.start(host.folder(), 1));
    }
  }

  @AfterAll
  void stop() throws Exception {
    for (TestGuest guest : guests) {
      guest.close();
    }
    host.close();
  }

  private HostServices services(BudgetLimits limits) throws Exception {
    return HostServices.open(
        HostSettings.of(host.services().uri(), "test-host", host.stateFolder(), host.tpm().tcti())
            .withCapture(CaptureSettings.defaults().withBudget(limits)));
  }

  @Test
  void moreGuestsThanMayBeAreCapturedOneAfterTheOtherWithinTheBandwidth() throws Exception {
    AtomicInteger reading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    long began = System.nanoTime();
    try (HostServices services =
        services(new BudgetLimits(AT_ONCE, 2, BANDWIDTH, Duration.ofMinutes(2)))) {
      List<CompletableFuture<AttestationReport>> reports =
          guests.stream()
              .map(
                  guest ->
                      CompletableFuture.supplyAsync(
                          () -> report(services, guest, listener(reading, most)),
                          command -> new Thread(command).start()))
              .toList();
      for (int i = 0; i < GUESTS; i++) {
        AttestationReport report = reports.get(i).get(3, TimeUnit.MINUTES);
        assertEquals(CaptureMode.LIVE, report.mode());
        assertEquals(guests.get(i).id(), report.vmId());
        assertTrue(report.pauseMicros() > 0);
      }
    }
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    System.out.printf("%d captures, %d at once, took %s%n", GUESTS, most.get(), took);
    assertTrue(most.get() <= AT_ONCE, "at once: " + most);
    long least = GUESTS * LEAST_BYTES * 1000 / BANDWIDTH;
    assertTrue(took.toMillis() >= least, "faster than the bandwidth allows: " + took);
    for (TestGuest guest : guests) {
      guest.awaitTicks(2);
      assertEquals("running", guest.state());
    }
  }

  private static ProgressListener listener(AtomicInteger reading, AtomicInteger most) {
    return (step, part) -> {
      if (step.startsWith("reading")) {
        most.accumulateAndGet(reading.incrementAndGet(), Math::max);
      } else if (step.equals("measuring")) {
        reading.decrementAndGet();
      }
    };
  }

  private AttestationReport report(
      HostServices services, TestGuest guest, ProgressListener progress) {
    try (HostLink link = HostLink.open(services.uri())) {
      return TestHost.report(
          new HostOperations(services, link)
              .capture(host.request(guest.id(), false, Optional.empty()), progress));
    } catch (HypervisorException | LibvirtFailure e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCaptureForWhichThereIsNoTurnLeavesItsGuestAlone() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch refused = new CountDownLatch(1);
    ProgressListener holding =
        (step, part) -> {
          if (step.startsWith("reading")) {
            reading.countDown();
            awaitQuietly(refused);
          }
        };
    try (HostServices services = services(new BudgetLimits(1, 1, 0, Duration.ZERO));
        HostLink link = HostLink.open(services.uri())) {
      CompletableFuture<AttestationReport> first =
          CompletableFuture.supplyAsync(
              () -> report(services, guests.get(0), holding),
              command -> new Thread(command).start());
      try {
        assertTrue(reading.await(1, TimeUnit.MINUTES));
        HypervisorException busy =
            assertThrows(
                HypervisorException.class,
                () ->
                    new HostOperations(services, link)
                        .capture(
                            host.request(guests.get(1).id(), false, Optional.empty()),
                            ProgressListener.NONE));
        assertEquals(Reason.HOST_BUSY, busy.reason(), busy.getMessage());
      } finally {
        refused.countDown();
      }
      assertEquals(CaptureMode.LIVE, first.get(2, TimeUnit.MINUTES).mode());
      // The turn of the one that was refused, and that of the first, are free again.
      assertEquals(CaptureMode.LIVE, report(services, guests.get(1), ProgressListener.NONE).mode());
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
