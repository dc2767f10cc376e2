// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.server.problem.ServiceException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.ejb.EJBException;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.Timeout;
import jakarta.ejb.TimerConfig;
import jakarta.ejb.TimerService;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.util.Optional;

/**
 * Signs a checkpoint when the ledger has grown, at most every {@code
 * vmattest.ledger.checkpoint.millis} (1000). Each costs the TPM one write to its counter.
 */
@Singleton
@Startup
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class CheckpointTimer {
  private static final Logger LOG = System.getLogger(CheckpointTimer.class.getName());
  private static final long INTERVAL =
      Math.max(100, Long.getLong("vmattest.ledger.checkpoint.millis", 1000));

  @Inject Checkpoints checkpoints;
  @Inject LedgerStanding standing;

  @Resource
  @SuppressWarnings("NullAway.Init")
  TimerService timers;

  private String lastFailure = "";

  @PostConstruct
  void start() {
    timers.createIntervalTimer(INTERVAL, INTERVAL, new TimerConfig("checkpoint", false));
  }

  @Timeout
  void look() {
    try {
      if (checkpoints.isDue()) {
        sign();
      }
      lastFailure = "";
    } catch (ServiceException e) {
      complain(e.detail());
    } catch (EJBException e) {
      complain(String.valueOf(e));
    }
  }

  private void sign() {
    standing.requireCurrent();
    Optional<CounterBinding> counter = standing.next();
    if (checkpoints.sign(counter).isPresent()) {
      standing.advance();
    }
  }

  /** Once, not every second. */
  private void complain(String failure) {
    if (!failure.equals(lastFailure)) {
      LOG.log(Logger.Level.WARNING, "the ledger gets no checkpoint: {0}", failure);
      lastFailure = failure;
    }
  }
}
