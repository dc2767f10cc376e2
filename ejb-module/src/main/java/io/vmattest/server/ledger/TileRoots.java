// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The roots of full tiles that were read before: a partial tile of a higher level has up to 255 of
 * them, and the database need not be asked for each of these tiles every time.
 */
final class TileRoots {
  /** Those of a tree of 2^24 leaves have room beside those of the levels above. */
  private static final int MOST = 1 << 17;

  private final Map<Place, Digest> roots = new LinkedHashMap<>();

  private record Place(int level, long index) {}

  synchronized Optional<Digest> find(int level, long index) {
    return Optional.ofNullable(roots.get(new Place(level, index)));
  }

  synchronized void keep(int level, long index, Digest root) {
    if (roots.size() == MOST) {
      roots.remove(roots.keySet().iterator().next());
    }
    roots.put(new Place(level, index), root);
  }

  /** The tiles may be others now. */
  synchronized void forget() {
    roots.clear();
  }
}
