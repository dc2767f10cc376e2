// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A migration of ours whose reader is gone. Mostly QEMU gives it up by itself; but where it waits
 * before the switchover, for the disks, it would wait for ever, with the guest standing.
 */
final class AbandonedMigration {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(20);

  private AbandonedMigration() {}

  /** Cancels it, which lets the guest run on. One of libvirt's own is left alone. */
  static void end(GuestDomain domain) throws LibvirtFailure, IOException {
    Qmp qmp = new Qmp(domain);
    if (!isUnderWay(qmp) || domain.isInJob()) {
      return;
    }
    qmp.execute("migrate_cancel");
    awaitEnd(domain, qmp);
  }

  /**
   * Waits until QEMU has ended it by itself: one that is a background snapshot must not be
   * cancelled.
   */
  static void awaitEnd(GuestDomain domain) throws LibvirtFailure, IOException {
    if (!domain.isInJob()) {
      awaitEnd(domain, new Qmp(domain));
    }
  }

  private static void awaitEnd(GuestDomain domain, Qmp qmp) throws LibvirtFailure, IOException {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (isUnderWay(qmp)) {
      if (System.nanoTime() > end) {
        throw new IOException("QEMU does not give up the migration of VM " + domain.name());
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private static boolean isUnderWay(Qmp qmp) throws LibvirtFailure {
    return QemuMigration.isUnderWay(QemuMigration.status(qmp));
  }
}
