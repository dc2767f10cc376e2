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
  private static final boolean BOUND =
      !"none".equals(System.getProperty("vmattest.ledger.counter", "tpm"));

  @Inject HostGateway host;
  @Inject Checkpoints checkpoints;
  @Inject Event<OlderAcknowledged> acknowledged;

  private volatile boolean current;

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

  /** Whether {@link #requireCurrent} finds nothing to object to. */
  public boolean isCurrent() {
    try {
      requireCurrent();
      return true;
    } catch (ServiceException e) {
      if (e.problem() == Problem.LEDGER_OLDER) {
        return false;
      }
      throw e;
    }
  }

  private synchronized void look() {
    if (current) {
      return;
    }
    CounterValue counter = caughtUp();
    Optional<Long> bound = checkpoints.boundTo(counter.id());
    if (bound.isEmpty() && checkpoints.areBound()) {
      throw older("its checkpoints are bound to other counters than that of this TPM");
    }
    if (bound.isPresent() && bound.get() != counter.value()) {
      throw older(
          "it is of when the TPM's counter was at %d, which is at %d now"
              .formatted(bound.get(), counter.value()));
    }
    current = true;
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

  /** Writes are taken from now on, beginning with the record of it. */
  public void acknowledge() {
    current = true;
    acknowledged.fire(new OlderAcknowledged());
  }

  void notAcknowledged(
      @Observes(during = TransactionPhase.AFTER_FAILURE) OlderAcknowledged failed) {
    current = false;
  }

  /** What the next checkpoint is bound to. */
  public Optional<CounterBinding> next() {
    if (!BOUND) {
      return Optional.empty();
    }
    CounterValue counter = caughtUp();
    return Optional.of(new CounterBinding(counter.id(), counter.value() + 1));
  }

  /** The checkpoint is stored. */
  public void advance() {
    if (BOUND) {
      host.incrementCounter();
    }
  }
}
