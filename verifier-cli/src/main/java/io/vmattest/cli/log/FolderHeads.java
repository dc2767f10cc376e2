// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.LedgerFindings;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.SignedNote;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The signed heads that a folder's log is compared with: those in it, and those known otherwise.
 */
final class FolderHeads {
  private final LogFolder folder;
  private final TrustedLog log;
  private final LedgerFindings findings;
  private final NavigableSet<Long> listed;
  private final NavigableMap<Long, Checkpoint> bySize = new TreeMap<>();
  private final List<Checkpoint> others = new ArrayList<>();
  private Optional<String> origin = Optional.empty();

  FolderHeads(LogFolder folder, TrustedLog log, LedgerFindings findings) throws IOException {
    this.folder = folder;
    this.log = log;
    this.findings = findings;
    this.listed = new TreeSet<>(folder.checkpointSizes());
  }

  /**
   * Opens the folder's, from behind a size on, and its last one; those that do not hold are
   * findings.
   */
  void open(long above) throws IOException {
    Optional<Checkpoint> main = open(LogFolder.CHECKPOINT, Optional.empty());
    for (long size : listed.tailSet(above, false)) {
      Optional<Checkpoint> opened = open(LogFolder.checkpointName(size), Optional.of(size));
      opened.ifPresent(checkpoint -> bySize.put(size, checkpoint));
    }
    main.ifPresent(this::addMain);
  }

  private void addMain(Checkpoint main) {
    if (!listed.contains(main.size())) {
      findings.add(Kind.CHECKPOINT_MISSING, main.size(), "it is not among the checkpoints");
    }
    Checkpoint same = bySize.putIfAbsent(main.size(), main);
    if (same != null && !same.equals(main)) {
      others.add(main);
    }
  }

  private Optional<Checkpoint> open(String name, Optional<Long> size) throws IOException {
    long index = size.orElse(0L);
    try {
      Optional<SignedNote> note = folder.note(name);
      if (note.isEmpty()) {
        findings.add(Kind.CHECKPOINT_MISSING, index, "there is no file " + name);
        return Optional.empty();
      }
      Checkpoint checkpoint = log.open(note.get()).checkpoint();
      if (size.isPresent() && checkpoint.size() != size.get()) {
        findings.add(
            Kind.CHECKPOINT_CHANGED, index, name + " is that of %d".formatted(checkpoint.size()));
        return Optional.empty();
      }
      return ofThisLog(checkpoint, name, index);
    } catch (MalformedTlogException | NoteRejectedException e) {
      findings.add(Kind.CHECKPOINT_CHANGED, index, name + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<Checkpoint> ofThisLog(Checkpoint checkpoint, String name, long index) {
    String expected = origin.orElse(checkpoint.origin());
    origin = Optional.of(expected);
    if (!checkpoint.origin().equals(expected)) {
      findings.add(Kind.CHECKPOINT_CHANGED, index, name + " is of the log " + checkpoint.origin());
      return Optional.empty();
    }
    return Optional.of(checkpoint);
  }

  /** Adds one that is known from elsewhere, its signature verified. */
  void know(Checkpoint checkpoint) {
    others.add(checkpoint);
  }

  /** The largest of the folder, where it ends; empty if none holds. */
  Optional<Checkpoint> last() {
    return bySize.isEmpty() ? Optional.empty() : Optional.of(bySize.lastEntry().getValue());
  }

  /** Sizes of the folder's checkpoints in a part of the log, without the first, with the last. */
  Collection<Long> sizes(long above, long last) {
    return listed.subSet(above, false, last, true);
  }

  /** Those behind a size, the smallest first; to be taken one after the other. */
  Iterator<Checkpoint> above(long size) {
    return bySize.tailMap(size, false).entrySet().stream().map(Map.Entry::getValue).iterator();
  }

  /** Those that are compared besides, in any order. */
  List<Checkpoint> others() {
    return others;
  }
}
