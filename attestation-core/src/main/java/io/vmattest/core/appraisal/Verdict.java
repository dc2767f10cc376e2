// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

/** What is said of a VM. */
public enum Verdict {
  /** Everything the policy wants equal is equal. */
  VERIFIED,
  /** Something differs; the discrepancies say what. */
  DISCREPANT,
  /** No conclusion: no baseline, evidence that does not hold, a capture that failed. */
  UNVERIFIABLE,
  /** The last report is older than the policy allows. */
  OVERDUE
}
