// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import java.util.ArrayList;
import java.util.List;

/** Collects findings, of which a hostile ledger can have any number. Not thread-safe. */
public final class LedgerFindings {
  /** A ledger with more is not worth naming them one by one. */
  public static final int MOST = 1000;

  private final List<LedgerFinding> all = new ArrayList<>();

  /** Takes a finding, unless there are {@link #MOST} already. */
  public void add(LedgerFinding finding) {
    if (all.size() < MOST) {
      all.add(finding);
    }
  }

  public void add(Kind kind, long index, String detail) {
    add(new LedgerFinding(kind, index, detail));
  }

  public int size() {
    return all.size();
  }

  /** In the order in which they were found. */
  public List<LedgerFinding> all() {
    return List.copyOf(all);
  }
}
