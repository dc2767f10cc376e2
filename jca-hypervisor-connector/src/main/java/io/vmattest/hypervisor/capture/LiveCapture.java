// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.MonitorEvents;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.Capture;
import io.vmattest.tee.SocketPair;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Captures a running guest: a migration into a socket whose other end the measurement module reads,
 * and whose switchover the module refuses, so that QEMU itself resumes the guest.
 */
final class LiveCapture {
  private static final Duration SETTLING = Duration.ofSeconds(15);

  private final GuestDomain domain;
  private final Qmp qmp;
  private final MigrationSettings settings;
  private final Optional<SwitchoverStep> inPause;

  /**
   * @param record where QEMU's former settings are kept meanwhile
   * @param inPause what is to be done in the same pause
   */
  LiveCapture(GuestDomain domain, Path record, Optional<SwitchoverStep> inPause) {
    this.domain = domain;
    this.qmp = new Qmp(domain);
    this.settings = new MigrationSettings(domain, record);
    this.inPause = inPause;
  }

  /**
   * @return the pause in microseconds
   */
  long into(Capture capture, Duration deadline)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    Convergence convergence = Convergence.of(qmp);
    try {
      settings.apply(inPause.isPresent(), convergence.firstMillis());
      return migrate(capture, convergence, deadline);
    } finally {
      setRight();
    }
  }

  /** Where anything of it fails, the record stays for {@link BrokenCaptures}. */
  private void setRight() throws LibvirtFailure, IOException {
    try {
      AbandonedMigration.end(domain);
      new Resumption(domain).ensure();
    } finally {
      settings.restore();
    }
    settings.forget();
  }

  private long migrate(Capture capture, Convergence convergence, Duration deadline)
      throws LibvirtFailure, TeeException, HypervisorException, InterruptedException {
    try (MonitorEvents events = MonitorEvents.subscribe(domain);
        SocketPair pair = SocketPair.create()) {
      MigrationWatch watch =
          new MigrationWatch(domain, events, settings, convergence, inPause, capture);
      SocketMigration.begin(qmp, pair);
      watch.start();
      Optional<TeeException> broken = read(capture, pair, deadline);
      watch.awaitEnd(SETTLING);
      if (watch.failure().isPresent()) {
        HypervisorException why = watch.failure().get();
        broken.ifPresent(why::addSuppressed);
        throw why;
      }
      if (broken.isPresent()) {
        throw withCause(broken.get());
      }
      if (watch.pauseMicros() == 0) {
        throw new HypervisorException(
            Reason.CAPTURE_FAILED, "QEMU's events do not say how long the guest was paused");
      }
      return watch.pauseMicros();
    }
  }

  private static Optional<TeeException> read(Capture capture, SocketPair pair, Duration deadline) {
    try {
      capture.readStream(pair.module().descriptor(), deadline);
      return Optional.empty();
    } catch (TeeException e) {
      // QEMU notices that nobody reads, and resumes the guest.
      pair.close();
      return Optional.of(e);
    }
  }

  /** The reason of a broken stream is often QEMU's. */
  private HypervisorException withCause(TeeException broken) throws LibvirtFailure {
    String said = SocketMigration.error(qmp);
    HypervisorException why = Failures.of(Reason.CAPTURE_FAILED, broken);
    return said.isEmpty()
        ? why
        : new HypervisorException(why.reason(), why.getMessage() + "; QEMU: " + said, broken);
  }
}
