// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

import io.vmattest.core.tlog.NoteSignature;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.EJBException;
import java.lang.System.Logger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Brings the newest checkpoint to one witness, again and again. A witness that fails is left alone
 * for a second, then for twice as long each time, up to five minutes. Not thread-safe.
 */
final class WitnessTurn {
  private static final Logger LOG = System.getLogger(WitnessTurn.class.getName());
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final WitnessSettings settings;
  private final Witness witness;
  private final Clock clock;
  private long cosigned;
  private Duration pause = Duration.ZERO;
  private Instant next = Instant.MIN;
  private String lastFailure = "";

  /**
   * @param cosigned size of the largest checkpoint that it cosigned; 0 if none
   */
  WitnessTurn(WitnessSettings settings, WitnessHttp http, Clock clock, long cosigned) {
    this.settings = settings;
    this.witness = new Witness(settings, http, cosigned);
    this.clock = clock;
    this.cosigned = cosigned;
  }

  /** Whether it may be asked about a checkpoint of a size now. */
  boolean isDue(long size) {
    return size != cosigned && !clock.instant().isBefore(next);
  }

  /**
   * Asks it; what goes wrong is logged once and never thrown.
   *
   * @param keep stores cosignatures that were verified
   */
  void take(
      SignedCheckpoint checkpoint,
      Witness.Proofs proofs,
      BiConsumer<Long, List<NoteSignature>> keep) {
    try {
      long size = checkpoint.checkpoint().size();
      keep.accept(size, witness.cosign(checkpoint, proofs));
      cosigned = size;
      pause = Duration.ZERO;
      lastFailure = "";
    } catch (WitnessException e) {
      failed(String.valueOf(e.getMessage()), e.isGrave());
    } catch (ServiceException | EJBException e) {
      failed("the ledger cannot be read or written: " + e, false);
    }
  }

  private void failed(String why, boolean isGrave) {
    pause = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
    pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    next = clock.instant().plus(pause);
    if (!why.equals(lastFailure)) {
      LOG.log(
          isGrave ? Logger.Level.ERROR : Logger.Level.WARNING,
          "the witness {0} does not cosign: {1}",
          settings.key().name(),
          why);
      lastFailure = why;
    }
  }
}
