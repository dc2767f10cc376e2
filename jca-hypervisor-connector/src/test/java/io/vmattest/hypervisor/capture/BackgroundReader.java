// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.Capture;
import io.vmattest.tee.SocketPair;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A process that captures in the background, to be killed: arguments URI, UUID, record and
 * "guarded", or "bare" for a migration that is begun and not read, without a watchdog. Says "begun"
 * right before, and "took N" (milliseconds) if it comes to its end, or the reason why it does not.
 */
final class BackgroundReader {
  private BackgroundReader() {}

  public static void main(String[] arguments) throws Exception {
    Path record = Path.of(arguments[2]);
    try (HostLink link = HostLink.open(arguments[0]);
        GuestDomain domain = link.domain(UUID.fromString(arguments[1]));
        Capture capture = Capture.create()) {
      // What is loaded on first use shall not take its time from the capture.
      domain.liveXml();
      if (arguments[3].equals("bare")) {
        beginUnguarded(domain, record);
      }
      System.out.println("begun");
      long begin = System.nanoTime();
      new BackgroundCapture(domain, record, TestLimits.patient()).into(capture);
      System.out.println("took " + (System.nanoTime() - begin) / 1_000_000);
    } catch (HypervisorException e) {
      System.out.println(e.reason() + " " + e.getMessage());
    }
  }

  private static void beginUnguarded(GuestDomain domain, Path record) throws Exception {
    try (SocketPair pair = SocketPair.create()) {
      ExposedGuest guest = ExposedGuest.of(domain, pair.hypervisor());
      new MigrationSettings(domain, record).applyBackground(guest, BudgetLimits.UNLIMITED);
      SocketMigration.begin(new Qmp(domain), pair);
      System.out.println("begun");
      Thread.sleep(Long.MAX_VALUE);
    }
  }
}
