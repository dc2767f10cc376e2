// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Work for another thread, or for whoever needs its result if no other has begun: so it gets done
 * even if all threads are busy with what waits for it.
 */
final class SharedWork<T> {
  private final Supplier<T> work;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<T> result = new CompletableFuture<>();

  private SharedWork(Supplier<T> work) {
    this.work = work;
  }

  /** Work that the executor may do, too. */
  static <T> SharedWork<T> offered(Executor executor, Supplier<T> work) {
    SharedWork<T> shared = new SharedWork<>(work);
    try {
      executor.execute(shared::run);
    } catch (RejectedExecutionException e) {
      // It is left to whoever needs it, as if the executor were busy.
    }
    return shared;
  }

  /** Work that is done when its result is needed. */
  static <T> SharedWork<T> kept(Supplier<T> work) {
    return new SharedWork<>(work);
  }

  /**
   * The result. Does the work, or waits for whoever does it.
   *
   * @throws RuntimeException that the work ended with
   */
  T result() {
    run();
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the server stops", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("the work failed", e.getCause());
    }
  }

  /** When it returns, nobody does the work, and nobody will. */
  void end() {
    if (!begun.compareAndSet(false, true)) {
      result.handle((done, failure) -> done).join();
    }
  }

  private void run() {
    if (begun.compareAndSet(false, true)) {
      try {
        result.complete(work.get());
      } catch (RuntimeException | Error e) {
        result.completeExceptionally(e);
      }
    }
  }
}
