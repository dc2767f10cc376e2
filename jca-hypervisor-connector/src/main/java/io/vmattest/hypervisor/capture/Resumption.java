// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.PauseReason;
import io.vmattest.hypervisor.libvirt.Qmp;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Sees to it that a guest which a capture has stopped runs again; one that somebody suspended, or
 * that waits after a failure of a disk, is none of ours.
 */
final class Resumption {
  private static final Duration POLL = Duration.ofMillis(20);

  /** What libvirt says of QEMU's own stop before a switchover; it depends on when it looked. */
  private static final Set<PauseReason> OURS =
      EnumSet.of(PauseReason.UNKNOWN, PauseReason.MIGRATION);

  private final GuestDomain domain;
  private final Qmp qmp;

  Resumption(GuestDomain domain) {
    this.domain = domain;
    this.qmp = new Qmp(domain);
  }

  /** Why the guest stands still, if that is not a capture's doing. */
  static Optional<PauseReason> foreignPause(GuestDomain domain) throws LibvirtFailure {
    return domain.pauseReason().filter(reason -> !OURS.contains(reason));
  }

  /**
   * Waits until the guest runs, as QEMU lets it by itself, and resumes it if QEMU does not. When it
   * returns the guest runs, or has been stopped by somebody else.
   */
  void ensure() throws LibvirtFailure {
    // An interrupt may end a capture, but must not leave a guest standing.
    boolean interrupted = Thread.interrupted();
    try {
      awaitOrResume();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void awaitOrResume() throws LibvirtFailure {
    long end = System.nanoTime() + PhaseLimits.RESUMPTION.toNanos();
    String status = status();
    while (!status.equals("running") && !isForeign()) {
      // After a migration that was completed QEMU would wait for ever.
      if (status.equals("postmigrate") || System.nanoTime() - end >= 0) {
        domain.resume();
        return;
      }
      LockSupport.parkNanos(POLL.toNanos());
      status = status();
    }
  }

  private boolean isForeign() throws LibvirtFailure {
    // What libvirt stops for a job of its own, libvirt lets go on.
    return foreignPause(domain).isPresent() || domain.isInJob();
  }

  private String status() throws LibvirtFailure {
    return qmp.execute("query-status").asJsonObject().getString("status", "");
  }
}
