// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.result.MalformedResultException;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.result.ResultRejectedException;
import io.vmattest.core.result.SignedResult;
import java.util.Optional;

/**
 * Checks the results of a ledger's verdicts. Ledgers of earlier builds begin with verdicts that
 * nobody signed; behind the first signed one, none is left unsigned. Not thread-safe.
 */
public final class VerdictCheck {
  private final ResultKeys keys;
  private final LedgerFindings findings;
  private boolean signed;

  /**
   * @param keys of the ledger's verifier, of all generations
   * @param findings where what is found goes
   */
  public VerdictCheck(ResultKeys keys, LedgerFindings findings) {
    this.keys = keys;
    this.findings = findings;
  }

  /** The next verdict, in the order of the indexes. */
  public void check(LedgerEntryData entry, byte[] body) {
    if (!signed && isOfEarlierBuild(body)) {
      return;
    }
    signed = true;
    why(entry, body).ifPresent(detail -> findings.add(Kind.RESULT_REJECTED, entry.index(), detail));
  }

  /** A signed result begins with a tag. */
  private static boolean isOfEarlierBuild(byte[] body) {
    return body.length > 0 && body[0] == '{';
  }

  private Optional<String> why(LedgerEntryData entry, byte[] body) {
    if (isOfEarlierBuild(body)) {
      return Optional.of("its verdict is not signed, and one before it is");
    }
    try {
      SignedResult result = SignedResult.parse(body);
      result.verify(keys);
      return Optional.of(result.result().vm().vm()).equals(entry.vm())
          ? Optional.empty()
          : Optional.of("its result is about VM " + result.result().vm().vm());
    } catch (MalformedResultException | ResultRejectedException e) {
      return Optional.of("its result is not to be believed: " + e.getMessage());
    }
  }
}
