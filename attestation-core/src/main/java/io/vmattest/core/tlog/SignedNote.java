// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Text and who is said to have signed it; having one says nothing about the signatures, which
 * {@link NoteVerifiers} verify.
 *
 * @param text ends in a newline
 * @param signatures at least one
 * @see <a href="https://c2sp.org/signed-note">Signed note</a>
 */
public record SignedNote(String text, List<NoteSignature> signatures) {
  /** "Verifiers ... MUST accept at least up to 16 signatures." */
  public static final int MAX_SIGNATURES = 64;

  /** In bytes: as many signatures as that, of 5 kB each. */
  public static final int MAX_SIZE = 512 * 1024;

  private static final String BLANK_LINE = "\n\n";

  /**
   * @throws IllegalArgumentException if it is not what a signed note holds
   */
  public SignedNote {
    signatures = List.copyOf(signatures);
    if (!isText(text)) {
      throw new IllegalArgumentException("a note's text is lines of UTF-8");
    }
    if (signatures.isEmpty() || signatures.size() > MAX_SIGNATURES) {
      throw new IllegalArgumentException("a note has 1 to " + MAX_SIGNATURES + " signatures");
    }
  }

  private static boolean isText(String text) {
    return text.endsWith("\n") && StrictText.isNoteText(text);
  }

  /**
   * Signs a text.
   *
   * @throws IllegalArgumentException if it is no text of a note, or nobody signs
   */
  public static SignedNote sign(String text, List<NoteSigner> signers)
      throws GeneralSecurityException {
    if (!isText(text)) {
      throw new IllegalArgumentException("a note's text is lines of UTF-8");
    }
    List<NoteSignature> signatures = new ArrayList<>();
    for (NoteSigner signer : signers) {
      byte[] signature = signer.sign(StrictText.encode(text));
      signatures.add(NoteSignature.of(signer.name(), signer.keyId(), signature));
    }
    return new SignedNote(text, signatures);
  }

  /** The note with more signatures at its end. */
  public SignedNote with(List<NoteSignature> more) {
    return new SignedNote(text, Stream.concat(signatures.stream(), more.stream()).toList());
  }

  public static SignedNote parse(byte[] encoded) throws MalformedTlogException {
    if (encoded.length > MAX_SIZE) {
      throw new MalformedTlogException("a note of more than " + MAX_SIZE + " bytes");
    }
    String note = StrictText.decode(encoded, "a note");
    // "the text is separated from the signatures by the last empty line in the note"
    int blank = note.lastIndexOf(BLANK_LINE);
    if (blank < 0 || !StrictText.isNoteText(note)) {
      throw new MalformedTlogException("no text with signatures, or control characters in it");
    }
    String text = note.substring(0, blank + 1);
    return new SignedNote(text, parseSignatures(note.substring(blank + BLANK_LINE.length())));
  }

  private static List<NoteSignature> parseSignatures(String lines) throws MalformedTlogException {
    if (!lines.endsWith("\n")) {
      throw new MalformedTlogException("a note that does not end in a signature's newline");
    }
    String[] split = lines.substring(0, lines.length() - 1).split("\n", MAX_SIGNATURES + 1);
    if (split.length > MAX_SIGNATURES) {
      throw new MalformedTlogException("a note of more than " + MAX_SIGNATURES + " signatures");
    }
    List<NoteSignature> signatures = new ArrayList<>();
    for (String line : split) {
      signatures.add(NoteSignature.parse(line));
    }
    return signatures;
  }

  public byte[] encoded() {
    return StrictText.encode(encodedText());
  }

  String encodedText() {
    StringBuilder note = new StringBuilder(text).append('\n');
    signatures.forEach(signature -> note.append(signature.line()).append('\n'));
    return note.toString();
  }
}
