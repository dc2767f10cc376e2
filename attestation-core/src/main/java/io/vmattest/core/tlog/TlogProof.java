// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Shows offline that an entry is in a log: its inclusion proof with a checkpoint. Having one says
 * nothing, until it is verified. Immutable.
 *
 * @see <a href="https://c2sp.org/tlog-proof">Transparency log proofs</a>
 */
public final class TlogProof {
  /** Of all of it, in bytes. */
  public static final int MAX_SIZE = SignedNote.MAX_SIZE + 128 * 1024;

  /** Of the extra data, in bytes. */
  public static final int MAX_EXTRA_SIZE = 64 * 1024;

  private static final String HEADER = "c2sp.org/tlog-proof@v1";
  private static final String EXTRA = "extra ";
  private static final String INDEX = "index ";
  private static final String BLANK_LINE = "\n\n";

  /** Between the leaf and the root of a tree of 2^63 - 1 leaves. */
  private static final int MAX_PATH = 63;

  private final byte[] extra;
  private final long index;
  private final List<Digest> path;
  private final SignedNote checkpoint;

  private TlogProof(byte[] extra, long index, List<Digest> path, SignedNote checkpoint) {
    this.extra = extra;
    this.index = index;
    this.path = List.copyOf(path);
    this.checkpoint = checkpoint;
  }

  /**
   * @param extra whatever an application wants to go with it, which nothing vouches for; may be
   *     empty
   * @param inclusion in the tree of the checkpoint
   * @throws IllegalArgumentException if it is of another tree, or there is too much extra data
   */
  public static TlogProof of(byte[] extra, InclusionProof inclusion, SignedCheckpoint checkpoint) {
    if (inclusion.size() != checkpoint.checkpoint().size()
        || extra.length > MAX_EXTRA_SIZE
        || inclusion.path().size() > MAX_PATH) {
      throw new IllegalArgumentException("a proof for another tree, or too long");
    }
    return new TlogProof(extra.clone(), inclusion.index(), inclusion.path(), checkpoint.note());
  }

  public static TlogProof parse(byte[] encoded) throws MalformedTlogException {
    if (encoded.length > MAX_SIZE) {
      throw new MalformedTlogException("a proof of more than " + MAX_SIZE + " bytes");
    }
    String text = StrictText.decode(encoded, "a proof");
    int blank = text.indexOf(BLANK_LINE);
    if (blank < 0) {
      throw new MalformedTlogException("a proof without a checkpoint");
    }
    List<String> lines = List.of(text.substring(0, blank).split("\n", -1));
    SignedNote note =
        SignedNote.parse(StrictText.encode(text.substring(blank + BLANK_LINE.length())));
    return parse(lines, note);
  }

  private static TlogProof parse(List<String> lines, SignedNote checkpoint)
      throws MalformedTlogException {
    if (!lines.get(0).equals(HEADER)) {
      throw new MalformedTlogException("a proof begins with " + HEADER);
    }
    boolean hasExtra = lines.size() > 1 && lines.get(1).startsWith(EXTRA);
    int indexLine = hasExtra ? 2 : 1;
    if (lines.size() <= indexLine || !lines.get(indexLine).startsWith(INDEX)) {
      throw new MalformedTlogException("a proof without an index");
    }
    return new TlogProof(
        hasExtra ? parseExtra(lines.get(1).substring(EXTRA.length())) : new byte[0],
        StrictText.decimal(lines.get(indexLine).substring(INDEX.length()), "a proof's index"),
        parsePath(lines.subList(indexLine + 1, lines.size())),
        checkpoint);
  }

  private static byte[] parseExtra(String base64) throws MalformedTlogException {
    byte[] extra = StrictText.unbase64(base64, "a proof's extra data");
    // "If no extra data is present, this line is omitted."
    if (extra.length == 0 || extra.length > MAX_EXTRA_SIZE) {
      throw new MalformedTlogException("a proof has " + extra.length + " bytes of extra data");
    }
    return extra;
  }

  private static List<Digest> parsePath(List<String> lines) throws MalformedTlogException {
    if (lines.size() > MAX_PATH) {
      throw new MalformedTlogException("a proof of more than " + MAX_PATH + " hashes");
    }
    List<Digest> path = new ArrayList<>();
    for (String line : lines) {
      path.add(StrictText.digest(line, "a hash of a proof"));
    }
    return path;
  }

  public byte[] encoded() {
    StringBuilder proof = new StringBuilder(HEADER).append('\n');
    if (extra.length > 0) {
      proof.append(EXTRA).append(StrictText.base64(extra)).append('\n');
    }
    proof.append(INDEX).append(index).append('\n');
    path.forEach(hash -> proof.append(StrictText.base64(hash)).append('\n'));
    return StrictText.encode(proof.append('\n').append(checkpoint.encodedText()).toString());
  }

  /**
   * Verifies that the entry is in the log.
   *
   * @param entry the leaf's data
   * @param origin of the log
   * @param log the log's keys
   * @return the checkpoint in whose tree it is, whose witnesses may be asked for
   * @throws NoteRejectedException if the checkpoint is not one that the log signed
   * @throws ProofRejectedException if the entry is not where the proof says
   */
  public SignedCheckpoint verify(byte[] entry, String origin, NoteVerifiers log)
      throws MalformedTlogException, NoteRejectedException, ProofRejectedException {
    SignedCheckpoint opened = SignedCheckpoint.open(checkpoint, origin, log);
    long size = opened.checkpoint().size();
    InclusionProof inclusion = new InclusionProof(index, size, path);
    if (!inclusion.verify(MerkleTree.leafHash(entry), opened.checkpoint().root())) {
      throw new ProofRejectedException(
          "the entry is not shown to be at " + index + " in the log of " + size);
    }
    return opened;
  }

  /** What an application had go with it; empty if there is none, and not to be trusted. */
  public Optional<byte[]> extra() {
    return extra.length == 0 ? Optional.empty() : Optional.of(extra.clone());
  }

  /** Of the entry that is said to be in the log. */
  public long index() {
    return index;
  }

  /** From the leaf's sibling up. */
  public List<Digest> path() {
    return path;
  }

  /** Not verified. */
  public SignedNote checkpoint() {
    return checkpoint;
  }
}
