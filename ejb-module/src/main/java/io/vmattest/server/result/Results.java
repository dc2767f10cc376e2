// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.result;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.result.MalformedResultException;
import io.vmattest.core.result.SignedResult;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.ResultSigners;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.UUID;

/** The signed results in the ledger. */
@Stateless
public class Results {
  /** More than can be inconclusive in a row: only changes of those are recorded. */
  private static final int LOOKED_AT = 20;

  @Inject Ledger ledger;
  @Inject ResultSigners signers;

  /**
   * The result of an entry.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if there is no such entry, or it holds none
   */
  public SignedResult get(long index) {
    return result(ledger.entry(index));
  }

  /**
   * The VM's last one.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if it has none
   */
  public SignedResult latest(UUID vm) {
    return ledger.latest(LedgerEntryData.Type.VERDICT, vm, 1).stream()
        .map(Results::result)
        .findFirst()
        .orElseThrow(
            () -> new ServiceException(Problem.NO_SUCH_ENTRY, "the VM has no verdict yet"));
  }

  /** The VM's last verdict in the ledger; empty if it has none, or one of an earlier build. */
  public Optional<Verdict> lastVerdict(UUID vm) {
    return ledger.latest(LedgerEntryData.Type.VERDICT, vm, 1).stream()
        .flatMap(entry -> parsed(entry).stream())
        .map(result -> result.result().vm().verdict())
        .findFirst();
  }

  /**
   * The VM's last verdict that says something of its state; empty if there is none among its last
   * ones.
   */
  public Optional<Verdict> lastConclusion(UUID vm) {
    return ledger.latest(LedgerEntryData.Type.VERDICT, vm, LOOKED_AT).stream()
        .flatMap(entry -> parsed(entry).stream())
        .map(result -> result.result().vm().verdict())
        .filter(verdict -> verdict == Verdict.VERIFIED || verdict == Verdict.DISCREPANT)
        .findFirst();
  }

  /** The keys that results are signed by, of all generations, in PEM, the newest last. */
  public String keys() {
    return signers.keys().pem();
  }

  private static SignedResult result(LedgerRecord entry) {
    return parsed(entry)
        .orElseThrow(
            () ->
                new ServiceException(
                    Problem.NO_SUCH_ENTRY,
                    "entry " + entry.data().index() + " holds no signed result"));
  }

  private static Optional<SignedResult> parsed(LedgerRecord entry) {
    try {
      return entry.data().type() == LedgerEntryData.Type.VERDICT
          ? Optional.of(SignedResult.parse(entry.body()))
          : Optional.empty();
    } catch (MalformedResultException e) {
      // Of an earlier build, which did not sign them.
      return Optional.empty();
    }
  }
}
