// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Sees a task through on a thread of its own. The transaction manager interrupts the thread that
 * rolls a timed-out transaction back when that takes half a second, and a restore takes longer; an
 * interrupted thread can neither wait nor use a file.
 */
final class Uninterrupted {
  /** What is done. */
  @FunctionalInterface
  interface Task {
    void run() throws HypervisorException;
  }

  private Uninterrupted() {}

  static void run(Task task) throws HypervisorException {
    await(begin("vmattest-rollback-end", task));
  }

  /** Begins it; to be followed by {@link #await}. */
  static FutureTask<Boolean> begin(String name, Task task) {
    FutureTask<Boolean> future =
        new FutureTask<>(
            () -> {
              task.run();
              return true;
            });
    Thread thread = new Thread(future, name);
    thread.setDaemon(true);
    thread.start();
    return future;
  }

  /** Waits for what another thread does. */
  static void await(FutureTask<Boolean> future) throws HypervisorException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          future.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw failure(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static HypervisorException failure(ExecutionException e) {
    Throwable cause = e.getCause();
    if (cause instanceof HypervisorException known) {
      return known;
    }
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    throw new IllegalStateException(cause);
  }
}
