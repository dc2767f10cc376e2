// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.tlog.NoteRejectedException.Reason;
import io.vmattest.core.tlog.NoteVerifiers.Verified;
import java.security.GeneralSecurityException;
import java.util.List;

/**
 * A checkpoint that its log signed: there is none whose signature was not made here, or verified.
 * Immutable.
 *
 * @see <a href="https://c2sp.org/tlog-checkpoint">Transparency log checkpoints</a>
 */
public final class SignedCheckpoint {
  private final Checkpoint checkpoint;
  private final SignedNote note;

  private SignedCheckpoint(Checkpoint checkpoint, SignedNote note) {
    this.checkpoint = checkpoint;
    this.note = note;
  }

  /** Signs as the log. */
  public static SignedCheckpoint sign(Checkpoint checkpoint, List<NoteSigner> signers)
      throws GeneralSecurityException {
    return new SignedCheckpoint(checkpoint, SignedNote.sign(checkpoint.text(), signers));
  }

  /** As the other one does, from the note's bytes. */
  public static SignedCheckpoint open(byte[] encoded, String origin, NoteVerifiers log)
      throws MalformedTlogException, NoteRejectedException {
    return open(SignedNote.parse(encoded), origin, log);
  }

  /**
   * Opens a checkpoint of a known log.
   *
   * @param log the log's keys alone: a witness vouches for nothing that the log did not sign
   * @throws NoteRejectedException if none of them signed it, one of their signatures does not
   *     verify, or it is of another log
   */
  public static SignedCheckpoint open(SignedNote note, String origin, NoteVerifiers log)
      throws MalformedTlogException, NoteRejectedException {
    // "The text MUST be ignored unless the note is signed by a trusted key and the signature has
    // been verified."
    log.verify(note);
    Checkpoint checkpoint = Checkpoint.parse(note.text());
    if (!checkpoint.origin().equals(origin)) {
      throw new NoteRejectedException(
          Reason.ORIGIN, "a checkpoint of " + checkpoint.origin() + ", not of " + origin);
    }
    return new SignedCheckpoint(checkpoint, note);
  }

  /**
   * The signatures of those witnesses that cosigned it.
   *
   * @throws NoteRejectedException if one of their signatures does not verify
   */
  public List<Verified> cosignatures(NoteVerifiers witnesses) throws NoteRejectedException {
    return witnesses.verified(note);
  }

  /** The checkpoint with cosignatures of witnesses, which nothing is said about. */
  public SignedCheckpoint with(List<NoteSignature> cosignatures) {
    return new SignedCheckpoint(checkpoint, note.with(cosignatures));
  }

  public Checkpoint checkpoint() {
    return checkpoint;
  }

  public SignedNote note() {
    return note;
  }

  public byte[] encoded() {
    return note.encoded();
  }
}
