// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.bundle.CaseRejectedException.Reason;

/** One thing about a bundle, and what checking it gave. */
public sealed interface CaseClaim {
  Step step();

  /** One sentence for people. */
  String sentence();

  /** It was checked and holds. */
  record Holds(Step step, String sentence) implements CaseClaim {}

  /**
   * It was checked and does not hold.
   *
   * @param file whose fault it is; empty if it is no single one's
   */
  record Fails(Step step, Reason reason, String file, String sentence) implements CaseClaim {}

  /** It could not be checked, for what it is checked against is not at hand. */
  record Unchecked(Step step, String sentence) implements CaseClaim {}

  /** The steps, in their order. None is taken after one that fails. */
  enum Step {
    /** The manifest is signed by the verifier. */
    MANIFEST,
    /** Each file is the one that the manifest lists, and no other is there. */
    FILES,
    /** Each report is signed by a key that lives in a TPM. */
    REPORTS,
    /** The discrepancies and the verdict are signed by the verifier. */
    RESULTS,
    /** All of it is in the ledger. */
    LEDGER,
    /** Reports, results and differences are those of the case's entry. */
    LINKS
  }
}
