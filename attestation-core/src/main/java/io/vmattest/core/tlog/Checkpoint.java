// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.List;

/**
 * The state of a log, as the text of a note has it.
 *
 * @param origin the log's identity, a line
 * @param size of its tree, in leaves
 * @param root of its tree (RFC 6962, 2.1)
 * @param extensions more lines, not empty
 * @see <a href="https://c2sp.org/tlog-checkpoint">Transparency log checkpoints, Note text</a>
 */
public record Checkpoint(String origin, long size, Digest root, List<String> extensions) {
  private static final int MANDATORY_LINES = 3;
  private static final Digest EMPTY_ROOT = MerkleTree.root(List.of());

  /**
   * @throws IllegalArgumentException if a checkpoint cannot say so
   */
  public Checkpoint {
    extensions = List.copyOf(extensions);
    if (!StrictText.isLine(origin) || !extensions.stream().allMatch(StrictText::isLine)) {
      throw new IllegalArgumentException("origin and extensions are lines that are not empty");
    }
    if (size < 0 || !isRootOf(size, root)) {
      throw new IllegalArgumentException("no root of a tree of " + size);
    }
  }

  private static boolean isRootOf(long size, Digest root) {
    return size > 0 || root.equals(EMPTY_ROOT);
  }

  /** Without extensions. */
  public Checkpoint(String origin, long size, Digest root) {
    this(origin, size, root, List.of());
  }

  /** The note's text. */
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add(origin);
    lines.add(Long.toString(size));
    lines.add(StrictText.base64(root));
    lines.addAll(extensions);
    return String.join("\n", lines) + "\n";
  }

  public static Checkpoint parse(String text) throws MalformedTlogException {
    if (!text.endsWith("\n")) {
      throw new MalformedTlogException("a checkpoint does not end in a newline");
    }
    List<String> lines = List.of(text.substring(0, text.length() - 1).split("\n", -1));
    // "The note text is a sequence of at least three non-empty lines."
    if (lines.size() < MANDATORY_LINES || !lines.stream().allMatch(StrictText::isLine)) {
      throw new MalformedTlogException("a checkpoint is three lines or more, none of them empty");
    }
    long size = StrictText.decimal(lines.get(1), "a checkpoint's size");
    Digest root = StrictText.digest(lines.get(2), "a checkpoint's root");
    if (!isRootOf(size, root)) {
      throw new MalformedTlogException("a checkpoint of an empty tree with another root");
    }
    return new Checkpoint(lines.get(0), size, root, lines.subList(MANDATORY_LINES, lines.size()));
  }
}
