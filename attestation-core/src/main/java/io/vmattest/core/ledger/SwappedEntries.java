// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.List;

/** Finds among changed entries those that are whole, but for their place. */
final class SwappedEntries {
  /** Each is compared with each. */
  private static final int MOST = 64;

  private final List<Changed> changed = new ArrayList<>();

  private record Changed(LedgerEntryData entry, Digest storedHash) {
    /** Whether it hashes to what was stored beside it once it stands where the other does. */
    boolean belongsAt(Changed other) {
      LedgerEntryData there =
          new LedgerEntryData(
              other.entry.index(),
              entry.type(),
              entry.at(),
              entry.vm(),
              entry.body(),
              entry.previous());
      return there.hash().equals(storedHash);
    }
  }

  void add(LedgerEntryData entry, Digest storedHash) {
    if (changed.size() < MOST) {
      changed.add(new Changed(entry, storedHash));
    }
  }

  List<LedgerFinding> pairs() {
    List<LedgerFinding> pairs = new ArrayList<>();
    for (int i = 0; i < changed.size(); i++) {
      for (int j = i + 1; j < changed.size(); j++) {
        Changed first = changed.get(i);
        Changed second = changed.get(j);
        if (first.belongsAt(second) && second.belongsAt(first)) {
          pairs.add(
              new LedgerFinding(
                  LedgerFinding.Kind.ENTRIES_SWAPPED,
                  first.entry().index(),
                  "it stands in the place of entry %d, and that one in its"
                      .formatted(second.entry().index())));
        }
      }
    }
    return pairs;
  }
}
