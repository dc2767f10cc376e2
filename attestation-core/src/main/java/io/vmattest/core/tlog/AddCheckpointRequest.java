// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks a witness to cosign a checkpoint.
 *
 * @param oldSize of the tree that the witness cosigned last; 0 if it never did
 * @param proof that the tree of that size is part of the checkpoint's (RFC 6962, 2.1.2); empty if
 *     there was none, or it is the same
 * @param checkpoint signed by its log
 * @see <a href="https://c2sp.org/tlog-witness">Transparency log witnesses, add-checkpoint</a>
 */
public record AddCheckpointRequest(long oldSize, List<Digest> proof, SignedNote checkpoint) {
  /** "The client MUST NOT send more than 63 consistency proof lines." */
  public static final int MAX_PROOF = 63;

  /** Of all of it, in bytes. */
  public static final int MAX_SIZE = SignedNote.MAX_SIZE + 4096;

  private static final String OLD = "old ";
  private static final String BLANK_LINE = "\n\n";

  /**
   * @throws IllegalArgumentException if the size is negative, or the proof too long
   */
  public AddCheckpointRequest {
    proof = List.copyOf(proof);
    if (oldSize < 0 || proof.size() > MAX_PROOF) {
      throw new IllegalArgumentException("a negative size, or too long a proof");
    }
  }

  public byte[] encoded() {
    StringBuilder body = new StringBuilder(OLD).append(oldSize).append('\n');
    proof.forEach(hash -> body.append(StrictText.base64(hash)).append('\n'));
    return StrictText.encode(body.append('\n').append(checkpoint.encodedText()).toString());
  }

  /** What a witness reads. */
  public static AddCheckpointRequest parse(byte[] encoded) throws MalformedTlogException {
    if (encoded.length > MAX_SIZE) {
      throw new MalformedTlogException("a request of more than " + MAX_SIZE + " bytes");
    }
    String text = StrictText.decode(encoded, "a request");
    int blank = text.indexOf(BLANK_LINE);
    if (!text.startsWith(OLD) || blank < 0) {
      throw new MalformedTlogException("a request begins with an old size, and has a checkpoint");
    }
    List<String> lines = List.of(text.substring(OLD.length(), blank).split("\n", -1));
    if (lines.size() > 1 + MAX_PROOF) {
      throw new MalformedTlogException("a proof of more than " + MAX_PROOF + " hashes");
    }
    List<Digest> proof = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      proof.add(StrictText.digest(line, "a hash of a proof"));
    }
    return new AddCheckpointRequest(
        StrictText.decimal(lines.get(0), "an old size"),
        proof,
        SignedNote.parse(StrictText.encode(text.substring(blank + BLANK_LINE.length()))));
  }
}
