// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.TeeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Writes a snapshot's save image into a pipe on a thread of its own. */
final class SnapshotFeeder {
  private final Thread thread = new Thread(this::run, "vmattest-snapshot-feeder");
  private final StoredSnapshot snapshot;
  private final String xml;
  private final Path pipe;
  private final Duration deadline;
  private volatile Optional<HypervisorException> failure = Optional.empty();

  SnapshotFeeder(StoredSnapshot snapshot, String xml, Path pipe, Duration deadline) {
    this.snapshot = snapshot;
    this.xml = xml;
    this.pipe = pipe;
    this.deadline = deadline;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** To be called when nobody reads any more; what is not written by now will not be. */
  Optional<HypervisorException> finish() throws InterruptedException {
    // It may be waiting for a reader that never comes; a writer without reader ends by itself.
    thread.interrupt();
    thread.join();
    return failure;
  }

  private void run() {
    try (NativeFile output = NativeFile.openFifoForWriting(pipe, deadline)) {
      snapshot.restore(xml, output, deadline);
    } catch (TeeException e) {
      failure = Optional.of(Failures.of(Reason.RESTORE_FAILED, e));
    } catch (HypervisorException e) {
      failure = Optional.of(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
