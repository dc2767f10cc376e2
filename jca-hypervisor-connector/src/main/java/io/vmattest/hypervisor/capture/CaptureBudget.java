// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the captures of one host share: turns, first come first served; bandwidth; threads that
 * hash; memory. A guest that stands still waits for no turn, for somebody waits for it to run on
 * (such as a rollback), and takes no bandwidth.
 */
public final class CaptureBudget {
  private final BudgetLimits limits;
  private final HostMemory memory;
  private final Semaphore turns;
  private final ThreadShares threads;
  private final AtomicInteger reading = new AtomicInteger();

  public CaptureBudget(BudgetLimits limits) {
    this(limits, new HostMemory());
  }

  CaptureBudget(BudgetLimits limits, HostMemory memory) {
    this.limits = limits;
    this.memory = memory;
    this.turns = new Semaphore(limits.captures(), true);
    this.threads = new ThreadShares(limits.hashingThreads());
  }

  /** One capture's part, until it is closed. */
  interface Turn extends AutoCloseable {
    /** What the capture is granted at the moment, bytes a second; less once others begin. */
    long bandwidth();

    @Override
    void close();
  }

  /**
   * Waits for a turn to capture a running guest.
   *
   * @throws HypervisorException with reason HOST_BUSY if it does not come in time
   */
  Turn await() throws HypervisorException, InterruptedException {
    if (!turns.tryAcquire(limits.patience().toNanos(), TimeUnit.NANOSECONDS)) {
      throw new HypervisorException(
          Reason.HOST_BUSY,
          "%d captures are under way on this host, which are as many as may be; waited %d s"
              .formatted(limits.captures(), limits.patience().toSeconds()));
    }
    reading.incrementAndGet();
    return new Turn() {
      private boolean closed;

      @Override
      public long bandwidth() {
        return limits.share(reading.get());
      }

      @Override
      public synchronized void close() {
        if (!closed) {
          closed = true;
          reading.decrementAndGet();
          turns.release();
        }
      }
    };
  }

  /** The turn of a guest that stands still. */
  static Turn immediate() {
    return new Turn() {
      @Override
      public long bandwidth() {
        return BudgetLimits.UNLIMITED;
      }

      @Override
      public void close() {
        // It took nothing.
      }
    };
  }

  /** The least bandwidth that a capture is granted, however many there are; bytes a second. */
  long leastBandwidth() {
    return limits.share(limits.captures());
  }

  /**
   * Sets memory apart for a capture.
   *
   * @throws HypervisorException with reason HOST_MEMORY_LOW if that much is not available
   */
  HostMemory.Reservation reserve(long bytes) throws HypervisorException, IOException {
    return memory.reserve(bytes);
  }

  /** How many captures wait for their turn. */
  int waiting() {
    return turns.getQueueLength();
  }

  /** Waits until there is a thread to hash with. */
  ThreadShares.Share threads() throws InterruptedException {
    return threads.take();
  }
}
