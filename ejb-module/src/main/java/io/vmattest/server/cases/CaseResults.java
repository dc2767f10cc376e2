// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.cases;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.MalformedResultException;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.VmResult;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the signed results that belong to a case: the last ones before its entry. */
@Stateless
public class CaseResults {
  private static final int LOOKED_AT = 50;

  @Inject Ledger ledger;

  /**
   * A result with discrepancies.
   *
   * @param report in which they were found
   */
  public record Found(LedgerRecord entry, Digest report) {}

  /** The verdict on the restored state. */
  public Optional<LedgerRecord> verdict(Case found, Digest restored) {
    return before(found).stream()
        .filter(entry -> result(entry).filter(r -> isOn(r, restored)).isPresent())
        .findFirst();
  }

  /** What the VM's last conclusive verdict before the rollback found, if it found anything. */
  public Optional<Found> discrepancies(Case found) {
    Optional<Digest> restored = found.found("restored");
    return before(found).stream()
        .flatMap(entry -> conclusive(entry, restored))
        .findFirst()
        .flatMap(CaseResults::discrepant);
  }

  private List<LedgerRecord> before(Case found) {
    return ledger.before(found.index(), LedgerEntryData.Type.VERDICT, found.vm(), LOOKED_AT);
  }

  private static Stream<LedgerRecord> conclusive(LedgerRecord entry, Optional<Digest> restored) {
    return result(entry).stream()
        .filter(r -> r.verdict() == Verdict.VERIFIED || r.verdict() == Verdict.DISCREPANT)
        .filter(r -> restored.isEmpty() || !isOn(r, restored.get()))
        .map(r -> entry);
  }

  private static Optional<Found> discrepant(LedgerRecord entry) {
    return result(entry)
        .filter(r -> r.verdict() == Verdict.DISCREPANT)
        .flatMap(VmResult::report)
        .map(name -> new Found(entry, name.digest()));
  }

  private static boolean isOn(VmResult result, Digest report) {
    return result.report().filter(name -> name.digest().equals(report)).isPresent();
  }

  /** What an entry of a verdict says; empty if it is no signed result. */
  static Optional<VmResult> result(LedgerRecord entry) {
    try {
      return Optional.of(SignedResult.parse(entry.body()).result().vm());
    } catch (MalformedResultException e) {
      // Of an earlier build, which did not sign them.
      return Optional.empty();
    }
  }
}
