// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.cli.log.ProofCheck.FailedException;
import io.vmattest.cli.log.ProofCheck.Reason;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.NoteVerifiers.Verified;
import io.vmattest.core.tlog.SignatureType;
import io.vmattest.core.tlog.SignedCheckpoint;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Witnesses, and how many of them must have cosigned a checkpoint. Keys of one name are one
 * witness's, who counts once.
 */
public record WitnessQuorum(List<NoteKey> keys, int wanted) {
  /** Nobody's cosignature is wanted. */
  public static final WitnessQuorum NONE = new WitnessQuorum(List.of(), 0);

  /**
   * @throws IllegalArgumentException if one of the keys is no witness's, two cannot be told apart,
   *     or more witnesses are wanted than there are
   */
  public WitnessQuorum {
    keys = List.copyOf(keys);
    NoteVerifiers.of(keys);
    for (NoteKey key : keys) {
      if (key.type() != SignatureType.COSIGNATURE) {
        throw new IllegalArgumentException("the key of " + key.name() + ", which is no witness's");
      }
    }
    if (wanted < 0 || wanted > names(keys)) {
      throw new IllegalArgumentException(
          "the keys of %d witnesses, of whom %d are wanted".formatted(names(keys), wanted));
    }
  }

  /** All of the witnesses that have these keys. */
  public static WitnessQuorum ofAll(List<NoteKey> keys) {
    return new WitnessQuorum(keys, (int) names(keys));
  }

  private static long names(List<NoteKey> keys) {
    return keys.stream().map(NoteKey::name).distinct().count();
  }

  /**
   * The names of those that cosigned, and when each says that it last did.
   *
   * @throws FailedException if these are too few, or a cosignature does not verify
   */
  SortedMap<String, Instant> require(SignedCheckpoint checkpoint) throws FailedException {
    SortedMap<String, Instant> cosigned = new TreeMap<>();
    try {
      for (Verified verified : checkpoint.cosignatures(NoteVerifiers.of(keys))) {
        Instant time = verified.time().orElse(Instant.EPOCH);
        cosigned.merge(verified.key().name(), time, (a, b) -> a.isAfter(b) ? a : b);
      }
    } catch (NoteRejectedException e) {
      throw new FailedException(Reason.WITNESSES, String.valueOf(e.getMessage()));
    }
    if (cosigned.size() < wanted) {
      throw new FailedException(
          Reason.WITNESSES,
          "%d of the witnesses cosigned its checkpoint, and %d are wanted"
              .formatted(cosigned.size(), wanted));
    }
    return cosigned;
  }
}
