// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.ProofRejectedException;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.SignedNote;
import io.vmattest.core.tlog.TlogProof;
import java.io.IOException;
import java.util.List;

/**
 * Keys of logs. A log's keys bear its origin as their name: a key vouches for no other log.
 *
 * @param keys of one log or several
 */
public record TrustedLog(List<NoteKey> keys) {
  public TrustedLog {
    keys = List.copyOf(keys);
  }

  /**
   * Opens a checkpoint of the log that it names.
   *
   * @throws NoteRejectedException if none of that log's keys signed it
   * @throws MalformedTlogException if what they signed is no checkpoint
   * @throws IOException if the keys cannot be told apart
   */
  public SignedCheckpoint open(SignedNote note)
      throws NoteRejectedException, MalformedTlogException, IOException {
    String origin = origin(note);
    return SignedCheckpoint.open(note, origin, verifiers(origin));
  }

  /**
   * Verifies that an entry is in the log that the proof's checkpoint names.
   *
   * @param entry its CBOR
   * @throws ProofRejectedException if it is not where the proof says
   */
  public SignedCheckpoint verify(TlogProof proof, byte[] entry)
      throws NoteRejectedException, ProofRejectedException, MalformedTlogException, IOException {
    String origin = origin(proof.checkpoint());
    return proof.verify(entry, origin, verifiers(origin));
  }

  private static String origin(SignedNote note) {
    return note.text().lines().findFirst().orElse("");
  }

  private NoteVerifiers verifiers(String origin) throws IOException {
    try {
      return NoteVerifiers.of(keys.stream().filter(key -> key.name().equals(origin)).toList());
    } catch (IllegalArgumentException e) {
      throw new IOException("Among the log's keys are " + e.getMessage() + ".", e);
    }
  }
}
