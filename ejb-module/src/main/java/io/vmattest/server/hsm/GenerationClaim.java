// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Lets one of the servers that share a token make a generation: PKCS#11 allows two keys of one
 * label, and a token that has such cannot be read any more. Marks in the token, in Fischer's way:
 * who sees no mark sets his own, within half of the settling time, or takes it back; who still has
 * the first of all marks after the settling time may.
 */
final class GenerationClaim {
  private static final Duration POLL = Duration.ofMillis(100);

  private final OpenToken token;
  private final KeyMaker maker;
  private final Duration settling;
  private final Duration patience;

  /**
   * @param settling longer than any server takes for a look and a mark, times two
   * @param patience after which a mark is of a server that died
   */
  GenerationClaim(OpenToken token, KeyMaker maker, Duration settling, Duration patience) {
    this.token = token;
    this.maker = maker;
    this.settling = settling;
    this.patience = patience;
  }

  /** Returns when the generation is whole, whoever made it. */
  void make(int generation) throws GeneralSecurityException {
    String prefix = "vmattest-claim-" + generation + "-";
    String mine = prefix + UUID.randomUUID();
    long began = System.nanoTime();
    while (!token.reread().isWhole(generation)) {
      long look = System.nanoTime();
      List<String> marks = marks(prefix);
      if (!marks.isEmpty()) {
        if (look - began > patience.toNanos()) {
          removeAll(marks);
          began = look;
        }
        pause(POLL);
      } else if (isFirst(prefix, mine, look)) {
        try {
          maker.make(generation);
        } finally {
          token.delete(mine);
        }
      }
    }
  }

  private boolean isFirst(String prefix, String mine, long look) throws GeneralSecurityException {
    maker.mark(mine);
    boolean late = System.nanoTime() - look > settling.toNanos() / 2;
    if (!late) {
      pause(settling);
    }
    // Who lost patience with it may have removed it.
    if (late || !marks(prefix).stream().findFirst().equals(Optional.of(mine))) {
      token.delete(mine);
      return false;
    }
    return true;
  }

  private List<String> marks(String prefix) throws GeneralSecurityException {
    return token.aliases().stream().filter(alias -> alias.startsWith(prefix)).sorted().toList();
  }

  private void removeAll(List<String> marks) throws GeneralSecurityException {
    for (String mark : marks) {
      token.delete(mark);
    }
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HsmUnavailableException("interrupted while keys were made", e);
    }
  }
}
