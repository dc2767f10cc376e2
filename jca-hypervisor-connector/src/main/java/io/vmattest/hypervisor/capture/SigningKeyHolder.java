// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.tee.SigningKey;
import io.vmattest.tee.TeeException;
import io.vmattest.tee.TpmException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The one signing key of a resource adapter, opened when it is first needed. Thread-safe.
 *
 * <p>The TPM is spoken to on a thread of its own: the calls have no time limit, and a TPM that
 * hangs must not keep those who ask for it.
 */
public final class SigningKeyHolder implements AutoCloseable {
  private static final Logger LOG = System.getLogger(SigningKeyHolder.class.getName());

  /** A hardware TPM takes seconds to make a key; and others may be asking. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What is asked of the key. */
  @FunctionalInterface
  public interface Request<T> {
    T ask(SigningKey key) throws TeeException;
  }

  private final String tcti;
  private final Path blobs;
  private final Duration patience;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(SigningKeyHolder::newThread);

  /** Used by that thread only. */
  private @Nullable SigningKey key;

  public SigningKeyHolder(String tcti, Path blobs) {
    this(tcti, blobs, PATIENCE);
  }

  SigningKeyHolder(String tcti, Path blobs, Duration patience) {
    this.tcti = tcti;
    this.blobs = blobs;
    this.patience = patience;
  }

  private static Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "vmattest-tpm");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Asks the key; where the TPM fails, it is opened anew and asked once more.
   *
   * @throws HypervisorException with reason TEE_UNAVAILABLE, also if the TPM does not answer in
   *     time; the request may then still be waiting for it
   */
  public <T> T ask(Request<T> request) throws HypervisorException {
    try {
      return inTime(() -> answer(request));
    } catch (TimeoutException e) {
      throw unavailable("the TPM does not answer within " + patience.toSeconds() + " s", e);
    } catch (RejectedExecutionException e) {
      throw unavailable("the TPM is not used any more", e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    }
  }

  private <T> T inTime(Callable<T> work)
      throws HypervisorException, TimeoutException, InterruptedException {
    Future<T> future = thread.submit(work);
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } finally {
      // What has not begun will not; native code cannot be interrupted.
      future.cancel(false);
    }
  }

  private static HypervisorException failure(@Nullable Throwable cause) {
    if (cause instanceof TeeException tee) {
      return Failures.of(Reason.TEE_UNAVAILABLE, tee);
    }
    if (cause instanceof RuntimeException bug) {
      throw bug;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    throw new IllegalStateException("no request fails so", cause);
  }

  private <T> T answer(Request<T> request) throws TeeException {
    try {
      return request.ask(opened());
    } catch (TpmException e) {
      closeKey();
    }
    try {
      return request.ask(opened());
    } catch (TeeException e) {
      closeKey();
      throw e;
    }
  }

  private SigningKey opened() throws TeeException {
    SigningKey opened = key;
    if (opened == null) {
      opened = SigningKey.open(tcti, blobs);
      key = opened;
    }
    return opened;
  }

  private void closeKey() {
    if (key != null) {
      key.close();
      key = null;
    }
  }

  private static HypervisorException unavailable(String why, Exception cause) {
    return new HypervisorException(Reason.TEE_UNAVAILABLE, why, cause);
  }

  /** Waits for the TPM in vain only so long. */
  @Override
  public void close() {
    try {
      thread.execute(this::closeKey);
      thread.shutdown();
      if (!thread.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.log(Level.WARNING, "the TPM does not answer; its key is left open");
      }
    } catch (RejectedExecutionException e) {
      LOG.log(Level.DEBUG, "closed already");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
