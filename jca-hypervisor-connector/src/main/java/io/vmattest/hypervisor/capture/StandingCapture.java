// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.Capture;
import io.vmattest.tee.SocketPair;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Captures a guest that stands still and will not go on standing: a migration into a socket, whose
 * switchover is refused. QEMU sends that five times as fast as it writes an image (see {@link
 * SuspendedCapture}), but takes the guest for migrated until it is resumed (run state postmigrate
 * in QEMU 7.2), and sends no second one before. Where this is broken off, the guest stands as
 * before.
 */
final class StandingCapture {
  private static final Duration SETTLING = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(2);

  private final GuestDomain domain;
  private final Qmp qmp;
  private final MigrationSettings settings;
  private final Optional<DiskFreeze> freeze;

  /**
   * @param record where QEMU's former settings are kept meanwhile
   * @param freeze what freezes the disks, in the state that the memory is captured in
   */
  StandingCapture(GuestDomain domain, Path record, Optional<DiskFreeze> freeze) {
    this.domain = domain;
    this.qmp = new Qmp(domain);
    this.settings = new MigrationSettings(domain, record);
    this.freeze = freeze;
  }

  void into(Capture capture, Duration deadline)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    try (Stillness stillness = Stillness.of(domain);
        Undoing undoing = this::setRight) {
      settings.applyStanding();
      if (freeze.isPresent()) {
        // QEMU lets go of the disks while it migrates.
        freeze.get().freeze();
      }
      send(capture, deadline);
      stillness.checkUntilEndOfMigration();
    }
  }

  /** What fails of it is told beside what failed before. */
  @FunctionalInterface
  private interface Undoing extends AutoCloseable {
    @Override
    void close() throws LibvirtFailure, IOException;
  }

  private void send(Capture capture, Duration deadline)
      throws LibvirtFailure, TeeException, HypervisorException {
    // Closed, whatever happens, before anybody waits for the migration's end.
    try (SocketPair pair = SocketPair.create()) {
      SocketMigration.begin(qmp, pair);
      capture.readStanding(pair.module().descriptor(), deadline);
    } catch (TeeException e) {
      throw SocketMigration.explained(qmp, e, "the guest stands as before");
    }
  }

  /** Where anything of it fails, the record stays for {@link BrokenCaptures}. */
  private void setRight() throws LibvirtFailure, IOException {
    try {
      AbandonedMigration.end(domain);
      awaitSettled();
    } finally {
      settings.restore();
    }
    settings.forget();
  }

  /** QEMU says that a migration is over a moment before the guest can be resumed. */
  private void awaitSettled() throws LibvirtFailure, IOException {
    long end = System.nanoTime() + SETTLING.toNanos();
    while (qmp.execute("query-status")
        .asJsonObject()
        .getString("status", "")
        .equals("finish-migrate")) {
      if (System.nanoTime() - end >= 0) {
        throw new IOException("QEMU does not finish the migration of VM " + domain.name());
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
