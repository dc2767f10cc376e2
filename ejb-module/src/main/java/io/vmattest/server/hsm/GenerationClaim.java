// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  /**
   * Returns when the generation is whole, whoever made it.
   *
   * @throws HsmUnavailableException if it is not whole after it was made
   */
  void make(int generation) throws GeneralSecurityException {
    String prefix = "vmattest-claim-" + generation + "-";
    Map<String, Long> seen = new HashMap<>();
    while (!token.reread().isWhole(generation)) {
      long look = System.nanoTime();
      List<String> marks = marks(prefix);
      if (marks.isEmpty()) {
        // A new one each time: the others are patient with each of them.
        claim(generation, prefix, prefix + UUID.randomUUID(), look);
      } else {
        removeAll(deserted(marks, seen, look));
        pause(POLL);
      }
    }
  }

  private void claim(int generation, String prefix, String mine, long look)
      throws GeneralSecurityException {
    if (isFirst(prefix, mine, look)) {
      try {
        maker.make(generation);
        requireWhole(generation);
      } finally {
        token.delete(mine);
      }
    }
  }

  /** Another attempt would make further keys, and so on. */
  private void requireWhole(int generation) throws GeneralSecurityException {
    if (!token.reread().isWhole(generation)) {
      throw new HsmUnavailableException(
          "the keys of generation %d were made, but the token has not each of them once"
              .formatted(generation));
    }
  }

  /** Those that have been there for longer than whoever makes keys takes. */
  private List<String> deserted(List<String> marks, Map<String, Long> seen, long look) {
    seen.keySet().retainAll(marks);
    marks.forEach(mark -> seen.putIfAbsent(mark, look));
    return marks.stream()
        .filter(mark -> look - seen.getOrDefault(mark, look) > patience.toNanos())
        .toList();
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
