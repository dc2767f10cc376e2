// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads what a witness answers, of which nothing is believed.
 *
 * @see <a href="https://c2sp.org/tlog-witness">Transparency log witnesses, add-checkpoint</a>
 */
public final class WitnessAnswers {
  /** Of an answer, in bytes. */
  public static final int MAX_SIZE = 64 * 1024;

  /** What the answer with the size of the tree that the witness has is called. */
  public static final String SIZE_TYPE = "text/x.tlog.size";

  private WitnessAnswers() {}

  /**
   * The cosignatures of an answer that are the witness's own over a checkpoint.
   *
   * @param answer signature lines
   * @param witness its keys; "The client MUST ignore any cosignatures from unknown keys"
   * @return at least one
   * @throws NoteRejectedException if none is, or one that names such a key does not verify
   */
  public static List<NoteSignature> cosignatures(
      byte[] answer, SignedCheckpoint checkpoint, NoteVerifiers witness)
      throws MalformedTlogException, NoteRejectedException {
    List<NoteSignature> known = new ArrayList<>();
    for (NoteSignature signature : lines(answer)) {
      if (witness.keys().stream().anyMatch(key -> key.isNamedBy(signature))) {
        known.add(signature);
      }
    }
    if (known.isEmpty()) {
      throw new NoteRejectedException(
          NoteRejectedException.Reason.NO_KNOWN_SIGNATURE,
          "no cosignature of a key that is known of the witness");
    }
    witness.verify(new SignedNote(checkpoint.checkpoint().text(), known));
    return known;
  }

  private static List<NoteSignature> lines(byte[] answer) throws MalformedTlogException {
    String text = answer.length > MAX_SIZE ? "" : StrictText.decode(answer, "an answer");
    if (!text.endsWith("\n") || !StrictText.isNoteText(text)) {
      throw new MalformedTlogException("an answer that is no lines of signatures, or too long");
    }
    String[] lines =
        text.substring(0, text.length() - 1).split("\n", SignedNote.MAX_SIGNATURES + 1);
    if (lines.length > SignedNote.MAX_SIGNATURES) {
      throw new MalformedTlogException("an answer with too many signatures");
    }
    List<NoteSignature> signatures = new ArrayList<>();
    for (String line : lines) {
      signatures.add(NoteSignature.parse(line));
    }
    return signatures;
  }

  /** Size of the tree that a witness cosigned last: "decimal, followed by a newline". */
  public static long size(byte[] answer) throws MalformedTlogException {
    String text = answer.length > 32 ? "" : StrictText.decode(answer, "a size");
    if (!text.endsWith("\n")) {
      throw new MalformedTlogException("a size does not end in a newline");
    }
    return StrictText.decimal(text.substring(0, text.length() - 1), "a size");
  }
}
