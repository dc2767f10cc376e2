// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.PeerClosedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A snapshot's state on its way to libvirt. It is read and checked ahead of whoever takes it, also
 * before there is anybody: while a suspect is ended, the processors have nothing else to do.
 */
final class StateFeed implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofMinutes(10);

  private final Fifo fifo;
  private final SnapshotFeeder feeder;

  private StateFeed(Fifo fifo, SnapshotFeeder feeder) {
    this.fifo = fifo;
    this.feeder = feeder;
  }

  /**
   * Begins to read.
   *
   * @param folder for the pipe
   * @param xml what the guest will be restored with
   */
  static StateFeed begin(Path folder, StoredSnapshot snapshot, String xml) throws IOException {
    Fifo fifo = Fifo.make(folder);
    SnapshotFeeder feeder = new SnapshotFeeder(snapshot, xml, fifo, DEADLINE);
    feeder.start();
    return new StateFeed(fifo, feeder);
  }

  /** Has libvirt make a paused guest of it; the domain must not be active. */
  void restoreBy(HostLink link) throws HypervisorException, IOException, InterruptedException {
    Optional<LibvirtFailure> refused = Optional.empty();
    if (feeder.awaitBytes()) {
      try {
        link.restorePaused(fifo.path());
      } catch (LibvirtFailure e) {
        refused = Optional.of(e);
      }
    }
    Optional<HypervisorException> why = why(feeder.finish(), refused);
    if (why.isPresent()) {
      throw why.get();
    }
  }

  /** The one of two failures that is the cause of the other. */
  static Optional<HypervisorException> why(
      Optional<HypervisorException> ofFeeder, Optional<LibvirtFailure> refused) {
    Optional<HypervisorException> ofLibvirt =
        refused.map(e -> Failures.of(Reason.RESTORE_FAILED, e));
    if (ofFeeder.isEmpty() || ofLibvirt.isEmpty()) {
      return ofFeeder.or(() -> ofLibvirt);
    }
    // A pipe that libvirt has closed breaks the feeder; a truncated image makes libvirt refuse it.
    boolean closed = ofFeeder.get().getCause() instanceof PeerClosedException;
    HypervisorException cause = closed ? ofLibvirt.get() : ofFeeder.get();
    cause.addSuppressed(closed ? ofFeeder.get() : refused.get());
    return Optional.of(cause);
  }

  @Override
  public void close() throws IOException {
    try {
      feeder.finish();
    } catch (InterruptedException e) {
      // It ends by itself.
      Thread.currentThread().interrupt();
    } finally {
      fifo.close();
    }
  }
}
