// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

/** Labels and bounds of docs/result-format.cddl. */
final class ResultLabels {
  /** RFC 8392, 3.1.6; RFC 9711, 4.3.2 and 4.2.18. */
  static final long ISSUED_AT = 6;

  static final long PROFILE = 265;
  static final long SUBMODULES = 266;

  /** draft-ietf-rats-ear-04. */
  static final long STATUS = 1000;

  static final long VECTOR = 1001;
  static final long POLICIES = 1003;
  static final long VERIFIER = 1004;
  static final long DEVELOPER = 0;
  static final long BUILD = 1;

  /** The one submodule. */
  static final String VM = "vm";

  /** Ours, of the private space. */
  static final long VM_RESULT = -70030;

  static final long ID = 1;
  static final long VM_ID = 2;
  static final long VERDICT = 3;
  static final long AT = 4;
  static final long REASON = 5;
  static final long BASELINE = 6;
  static final long REPORT = 7;
  static final long COMPONENTS = 8;
  static final long PAGES = 9;
  static final long FOUND = 10;
  static final long DISCREPANCIES = 11;

  static final int MAX_NAME = 255;
  static final int MAX_TEXT = 4096;
  static final int MAX_POLICIES = 16;
  static final int MAX_SUBMODULES = 16;
  static final int MAX_COMPONENTS = 1024;
  static final int MAX_DISCREPANCIES = 1000;
  static final int MAX_PATH = 64;

  /** Of all discrepancies together, in bytes: the rest of a result is far smaller. */
  static final int MAX_DISCREPANCIES_SIZE = 1 << 19;

  private ResultLabels() {}
}
