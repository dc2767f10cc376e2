// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Ends the process with status 3 should something not end, and says where it is. */
final class Watchdog implements AutoCloseable {
  private static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "watchdog");
            thread.setDaemon(true);
            return thread;
          });

  private final Future<?> barking;

  private Watchdog(Future<?> barking) {
    this.barking = barking;
  }

  /** Watches what the calling thread does until it closes this. */
  static Watchdog of(String what, int seconds) {
    Thread watched = Thread.currentThread();
    return new Watchdog(TIMER.schedule(() -> bark(what, watched), seconds, TimeUnit.SECONDS));
  }

  private static void bark(String what, Thread watched) {
    System.out.printf("FAILED: %s does not end%n", what);
    for (StackTraceElement element : watched.getStackTrace()) {
      System.out.println("  at " + element);
    }
    Runtime.getRuntime().halt(3);
  }

  @Override
  public void close() {
    barking.cancel(false);
  }
}
