// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.server.archive.ArchiveFolder;
import io.vmattest.server.problem.ServiceException;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Moves reports' bodies that are old enough out of the database, in the background, once at a time.
 *
 * <p>System property {@code vmattest.ledger.bodies.keep}: after how long, as in ISO 8601; without
 * it, all stay in the database. One that says nothing of that kind stops the deployment.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class BodyRetention {
  private static final Logger LOG = System.getLogger(BodyRetention.class.getName());

  /** After a failure; each attempt writes a whole file. */
  private static final Duration PAUSE = Duration.ofMinutes(10);

  @Inject BodyArchiver archiver;
  @Inject Clock clock;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  Optional<Duration> keep = RetentionLimits.configured();
  ArchiveFolder folder = ArchiveFolder.ofState();

  private final AtomicBoolean isRunning = new AtomicBoolean();
  private volatile Instant notBefore = Instant.MIN;

  /** Starts a run, unless the last one goes on, or has just failed. */
  public void start() {
    if (keep.isEmpty()
        || clock.instant().isBefore(notBefore)
        || !isRunning.compareAndSet(false, true)) {
      return;
    }
    try {
      executor.execute(this::run);
    } catch (RejectedExecutionException e) {
      isRunning.set(false);
      LOG.log(Logger.Level.WARNING, "bodies are not moved now: too much to do", e);
    }
  }

  private void run() {
    try {
      moveAll(keep.orElseThrow());
    } catch (ServiceException e) {
      failed(Logger.Level.WARNING, e);
    } catch (IOException | RuntimeException e) {
      failed(Logger.Level.ERROR, e);
    } finally {
      isRunning.set(false);
    }
  }

  private void failed(Logger.Level level, Exception e) {
    notBefore = clock.instant().plus(PAUSE);
    LOG.log(level, "bodies of reports cannot be moved out of the database", e);
  }

  /** File after file, unless another server is at it. */
  void moveAll(Duration kept) throws IOException {
    Optional<Closeable> lock = folder.lock();
    if (lock.isEmpty()) {
      return;
    }
    try (Closeable held = lock.get()) {
      RetentionLimits limits = RetentionLimits.at(clock.instant(), kept);
      while (archiver.moveNext(limits)) {
        LOG.log(Logger.Level.INFO, "bodies of reports were moved to a file");
      }
    }
  }
}
