// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

/** A number of threads that several share: each takes what is left, and leaves some to waiters. */
final class ThreadShares {
  /** Some of the threads, until it is closed. */
  final class Share implements AutoCloseable {
    private final int count;
    private boolean closed;

    private Share(int count) {
      this.count = count;
    }

    int count() {
      return count;
    }

    @Override
    public void close() {
      synchronized (ThreadShares.this) {
        if (!closed) {
          closed = true;
          free += count;
          ThreadShares.this.notifyAll();
        }
      }
    }
  }

  private int free;
  private int waiting;

  ThreadShares(int total) {
    this.free = total;
  }

  /** Waits for at least one. */
  synchronized Share take() throws InterruptedException {
    waiting++;
    try {
      while (free == 0) {
        wait();
      }
      int count = Math.max(1, free / waiting);
      free -= count;
      return new Share(count);
    } finally {
      waiting--;
    }
  }
}
