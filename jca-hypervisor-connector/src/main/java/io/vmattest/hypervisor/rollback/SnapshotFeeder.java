// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Writes a snapshot's save image into a pipe on a thread of its own. */
final class SnapshotFeeder {
  private static final Duration LOOK = Duration.ofMillis(2);

  private final Thread thread = new Thread(this::run, "vmattest-snapshot-feeder");
  private final StoredSnapshot snapshot;
  private final String xml;
  private final Fifo pipe;
  private final Duration deadline;
  private volatile Optional<HypervisorException> failure = Optional.empty();
  private volatile boolean written;

  SnapshotFeeder(StoredSnapshot snapshot, String xml, Fifo pipe, Duration deadline) {
    this.snapshot = snapshot;
    this.xml = xml;
    this.pipe = pipe;
    this.deadline = deadline;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /**
   * Waits until there is something to be read.
   *
   * @return false if there never will be
   */
  boolean awaitBytes() throws IOException, InterruptedException {
    while (pipe.unread() == 0) {
      if (written) {
        return pipe.unread() > 0;
      }
      Thread.sleep(LOOK.toMillis());
    }
    return true;
  }

  /** To be called when nobody reads any more; what is not written by now will not be. */
  Optional<HypervisorException> finish() throws InterruptedException {
    pipe.abandon();
    // It may be waiting for somebody who never comes.
    thread.interrupt();
    thread.join();
    return failure;
  }

  private void run() {
    try (NativeFile output = NativeFile.openFifoForWriting(pipe.path(), deadline)) {
      write(output);
      awaitTaken();
    } catch (TeeException e) {
      failure = Optional.of(Failures.of(Reason.RESTORE_FAILED, e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      written = true;
    }
  }

  private void write(NativeFile output) {
    try {
      snapshot.restore(xml, output, deadline);
    } catch (TeeException e) {
      failure = Optional.of(Failures.of(Reason.RESTORE_FAILED, e));
    } catch (HypervisorException e) {
      failure = Optional.of(e);
    } finally {
      written = true;
    }
  }

  /**
   * Whoever opens a pipe that has no writer any more waits for one, also if there are bytes in it.
   */
  private void awaitTaken() throws InterruptedException {
    try {
      while (pipe.unread() > 0) {
        Thread.sleep(LOOK.toMillis());
      }
    } catch (IOException e) {
      if (failure.isEmpty()) {
        failure = Optional.of(Failures.of(Reason.RESTORE_FAILED, e));
      }
    }
  }
}
