// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.ledger.Ledger;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import java.util.List;
import java.util.UUID;

/** What the ledger says became of rollbacks that two people approved. */
@Stateless
public class ApprovedCourses {
  /** More than are begun and end in the time in which an approval holds. */
  private static final int LOOKED_AT = 100;

  @Inject Ledger ledger;

  /** How far one has come. */
  public sealed interface Course {
    /**
     * It has no end: it was not begun, it runs, or a server ended with it.
     *
     * @param starts how often it was begun
     * @param last index of the VM's last entry on rollbacks; -1 for none
     */
    record Pending(int starts, long last) implements Course {}

    /** It ended, which is an entry. */
    record Ended(boolean succeeded) implements Course {}

    /** The VM was rolled back otherwise, or it was ended by hand. */
    record Superseded() implements Course {}
  }

  /** Index of the VM's last entry on rollbacks; -1 for none. */
  public long last(UUID vm) {
    return past(vm, 1).stream().mapToLong(PastRollback::index).findFirst().orElse(-1);
  }

  /**
   * What became of a rollback.
   *
   * @param approved index of the entry that it was approved by
   */
  public Course of(UUID vm, UUID proposal, long approved) {
    List<PastRollback> past = past(vm, LOOKED_AT);
    long last = past.isEmpty() ? -1 : past.get(0).index();
    List<PastRollback> since = past.stream().filter(entry -> entry.index() > approved).toList();
    if (since.isEmpty()) {
      return new Course.Pending(0, last);
    }
    if (since.get(0).isStartOf(proposal)) {
      int starts = (int) since.stream().filter(entry -> entry.isStartOf(proposal)).count();
      return new Course.Pending(starts, last);
    }
    return end(since, proposal);
  }

  /** Latest first: what comes before a beginning is its end. */
  private static Course end(List<PastRollback> since, UUID proposal) {
    for (int i = 1; i < since.size(); i++) {
      PastRollback next = since.get(i - 1);
      if (since.get(i).isStartOf(proposal) && (next.isSuccess() || next.isFailure())) {
        return new Course.Ended(next.isSuccess());
      }
    }
    return new Course.Superseded();
  }

  private List<PastRollback> past(UUID vm, int most) {
    return ledger.latest(LedgerEntryData.Type.ROLLBACK, vm, most).stream()
        .map(PastRollback::of)
        .toList();
  }
}
