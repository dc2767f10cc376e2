// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.Cosignatures;
import io.vmattest.server.ledger.LedgerProofs;
import io.vmattest.server.problem.ServiceException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.EJBException;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.Timeout;
import jakarta.ejb.Timer;
import jakarta.ejb.TimerConfig;
import jakarta.ejb.TimerService;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Has witnesses cosign the ledger's newest checkpoint, each with a timer of its own, so that one
 * that is slow keeps no other waiting. No transaction is open while a witness is asked: what
 * becomes of witnesses never holds up the ledger.
 *
 * <p>System property {@code vmattest.witness.file}: the witnesses ({@link WitnessSettings#read});
 * none if it is not set. {@code vmattest.witness.timeout.millis} (5000): for each answer.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class WitnessTimer {
  private static final Logger LOG = System.getLogger(WitnessTimer.class.getName());
  private static final long INTERVAL = 1000;

  @Inject LedgerProofs proofs;
  @Inject Cosignatures cosignatures;
  @Inject Clock clock;

  @Resource
  @SuppressWarnings("NullAway.Init")
  TimerService timers;

  /** A timer is not called again while its last call runs: no two threads have one turn. */
  private final Map<Integer, WitnessTurn> turns = new ConcurrentHashMap<>();

  private List<WitnessSettings> witnesses = List.of();

  /** Has threads of its own: there is none where there are no witnesses. */
  private Optional<WitnessHttp> http = Optional.empty();

  /** A file that is not right stops the server: nobody would notice that there are no witnesses. */
  @PostConstruct
  void start() {
    Optional<String> file =
        Optional.ofNullable(System.getProperty("vmattest.witness.file")).filter(f -> !f.isBlank());
    if (file.isPresent()) {
      try {
        witnesses = WitnessSettings.read(Path.of(file.get()));
      } catch (IOException e) {
        throw new IllegalStateException("vmattest.witness.file: " + e.getMessage(), e);
      }
    }
    if (!witnesses.isEmpty()) {
      long timeout = Math.max(100, Long.getLong("vmattest.witness.timeout.millis", 5000));
      http = Optional.of(new WitnessHttp(Duration.ofMillis(timeout)));
    }
    for (int i = 0; i < witnesses.size(); i++) {
      timers.createIntervalTimer(INTERVAL, INTERVAL, new TimerConfig(i, false));
    }
  }

  @Timeout
  void look(Timer timer) {
    int index = (Integer) timer.getInfo();
    try {
      WitnessTurn turn = turns.computeIfAbsent(index, this::turn);
      Optional<Long> size = proofs.newestSize();
      if (size.isPresent() && turn.isDue(size.get())) {
        turn.take(proofs.uncosigned(), this::consistency, cosignatures::keep);
      }
    } catch (ServiceException | EJBException e) {
      LOG.log(Logger.Level.WARNING, "no witness can be asked: {0}", String.valueOf(e));
    }
  }

  private WitnessTurn turn(int index) {
    WitnessSettings settings = witnesses.get(index);
    return new WitnessTurn(settings, http.orElseThrow(), clock, cosignatures.last(settings.key()));
  }

  private List<Digest> consistency(long first, long second) {
    return proofs.consistency(first, second).path();
  }
}
