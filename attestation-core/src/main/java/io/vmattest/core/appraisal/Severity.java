// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

/** How grave a discrepancy is, ascending. */
public enum Severity {
  /** Changes in the course of ordinary work. */
  INFO,
  /** It could not be decided whether it is legitimate. */
  WARNING,
  /** What the policy forbids. */
  CRITICAL
}
