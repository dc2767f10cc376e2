// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.cases;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Finds cases in the ledger. */
@Stateless
public class Cases {
  /** Of what is listed, at most. */
  public static final int MOST = 100;

  @Inject Ledger ledger;

  /**
   * The last rollbacks that ended among the last {@link Ledger#LARGEST_PAGE} entries of rollbacks,
   * the last first.
   *
   * @param vm whose; all if empty
   */
  public List<Case> list(Optional<UUID> vm, int limit) {
    List<LedgerRecord> entries =
        vm.map(id -> ledger.latest(LedgerEntryData.Type.ROLLBACK, id, Ledger.LARGEST_PAGE))
            .orElseGet(() -> ledger.latest(LedgerEntryData.Type.ROLLBACK, Ledger.LARGEST_PAGE));
    return entries.stream()
        .flatMap(entry -> Case.of(entry).stream())
        .limit(Math.min(limit, MOST))
        .toList();
  }

  /**
   * The last verdicts with discrepancies, the last first: whatever was done about them.
   *
   * @param vm whose; all if empty
   */
  public List<Case> findings(Optional<UUID> vm, int limit) {
    return ledger.verdicts(Verdict.DISCREPANT, vm, Math.min(limit, MOST)).stream()
        .flatMap(entry -> Case.of(entry).stream())
        .toList();
  }

  /**
   * A case by its ID.
   *
   * @throws ServiceException with NO_SUCH_ENTRY
   */
  public Case get(long index) {
    return Case.of(ledger.entry(index))
        .orElseThrow(
            () -> new ServiceException(Problem.NO_SUCH_ENTRY, "entry " + index + " is no case"));
  }
}
