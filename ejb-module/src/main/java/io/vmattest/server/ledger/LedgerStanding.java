// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.hypervisor.api.CounterValue;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import java.io.IOException;
import java.lang.System.Logger;
import java.util.Optional;

/**
 * Whether the database is as new as the TPM's counter says. A checkpoint is stored with the value
 * that the counter will have, and then the counter is incremented: a database that names less is an
 * older one, put back; one that names one more was stopped in between. A TPM that is new to a
 * database has to be acknowledged, too.
 *
 * <p>System property {@code vmattest.ledger.counter}: {@code tpm}, or {@code none} for a server
 * that has no TPM, whose checkpoints are bound to nothing.
 */
@ApplicationScoped
public class LedgerStanding {
  private static final Logger LOG = System.getLogger(LedgerStanding.class.getName());

  private static final boolean BOUND =
      !"none".equals(System.getProperty("vmattest.ledger.counter", "tpm"));

  private static final int LOOKS = 3;

  @Inject HostGateway host;
  @Inject Checkpoints checkpoints;
  @Inject Event<OlderAcknowledged> acknowledged;

  BoundCounters known = BoundCounters.ofState();

  private volatile boolean current;

  /** Until the next checkpoint, which names what the counter will have. */
  private volatile boolean isAcknowledged;

  /**
   * The database is as new as it should be; asks the TPM if that is not known yet.
   *
   * @throws ServiceException with LEDGER_OLDER, or TEE_UNAVAILABLE if the counter cannot be read
   */
  public void requireCurrent() {
    if (BOUND && !current) {
      look();
    }
  }

  private synchronized void look() {
    if (!current) {
      requireAgreement(caughtUp());
      current = true;
    }
  }

  /**
   * Whether database and counter agree at this moment, whatever was known before.
   *
   * @throws ServiceException with TEE_UNAVAILABLE if the counter cannot be read
   */
  public boolean isCurrent() {
    for (int look = 0; BOUND && look < LOOKS; look++) {
      CounterValue counter = host.counter();
      Optional<Long> bound = checkpoints.boundTo(counter.id());
      // A checkpoint may be stored, and the counter be about to follow, or both in between.
      long ahead = bound.map(value -> value - counter.value()).orElse(0L);
      if (ahead >= 0 && ahead <= 1 && (bound.isPresent() || isFirst(counter))) {
        return true;
      }
    }
    return !BOUND;
  }

  /** Whether a database that is bound to nothing may be. */
  private boolean isFirst(CounterValue counter) {
    return !checkpoints.areBound() && !known.has(counter.id());
  }

  private void requireAgreement(CounterValue counter) {
    Optional<Long> bound = checkpoints.boundTo(counter.id());
    if (bound.isEmpty() && checkpoints.areBound()) {
      throw older("its checkpoints are bound to other counters than that of this TPM");
    }
    if (bound.isEmpty() && known.has(counter.id())) {
      throw older("it has no checkpoint, and there were some that are bound to this TPM's counter");
    }
    if (bound.isPresent() && bound.get() != counter.value()) {
      throw older(
          "it is of when the TPM's counter was at %d, which is at %d now"
              .formatted(bound.get(), counter.value()));
    }
  }

  /** The counter, incremented if the last checkpoint was stored and that did not follow. */
  private CounterValue caughtUp() {
    CounterValue counter = host.counter();
    Optional<Long> bound = checkpoints.boundTo(counter.id());
    return bound.isPresent() && bound.get() == counter.value() + 1
        ? host.incrementCounter()
        : counter;
  }

  private static ServiceException older(String detail) {
    return new ServiceException(
        Problem.LEDGER_OLDER, "the database may be an older one that was put back: " + detail);
  }

  /** Said in the transaction that records that an older database is the one to go on with. */
  public record OlderAcknowledged() {}

  /**
   * Writes are taken from now on, beginning with the record of it.
   *
   * @return the counter that the next checkpoint will be bound to, whatever its value
   * @throws ServiceException with TEE_UNAVAILABLE if it cannot be read
   */
  public String acknowledge() {
    String counter = host.counter().id();
    isAcknowledged = true;
    current = true;
    acknowledged.fire(new OlderAcknowledged());
    return counter;
  }

  void notAcknowledged(
      @Observes(during = TransactionPhase.AFTER_FAILURE) OlderAcknowledged failed) {
    isAcknowledged = false;
    current = false;
  }

  /**
   * What the next checkpoint is bound to.
   *
   * @throws ServiceException with LEDGER_OLDER if checkpoints were taken away since the last one
   */
  public Optional<CounterBinding> next() {
    if (!BOUND) {
      return Optional.empty();
    }
    CounterValue counter = caughtUp();
    if (!isAcknowledged) {
      current = false;
      requireAgreement(counter);
      current = true;
    }
    return Optional.of(new CounterBinding(counter.id(), counter.value() + 1));
  }

  /** Tried again with the next checkpoint. */
  private void remember(String counter) {
    try {
      known.add(counter);
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "an emptied database would not be noticed: " + counter, e);
    }
  }

  /** The checkpoint is stored. */
  public void advance() {
    if (BOUND) {
      CounterValue counter = host.incrementCounter();
      isAcknowledged = false;
      remember(counter.id());
    }
  }
}
