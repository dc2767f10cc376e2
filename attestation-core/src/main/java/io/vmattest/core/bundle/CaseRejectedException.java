// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import org.jspecify.annotations.Nullable;

/** Something of a bundle does not hold. */
public final class CaseRejectedException extends Exception {
  private static final long serialVersionUID = 1L;
  private final Reason reason;
  private final String file;

  /**
   * @param file whose fault it is; empty if it is no single one's
   */
  public CaseRejectedException(Reason reason, String file, String message) {
    this(reason, file, message, null);
  }

  CaseRejectedException(Reason reason, String file, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.file = file;
  }

  public Reason reason() {
    return reason;
  }

  public String file() {
    return file;
  }

  /** The message; never null. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  /** What does not hold. */
  public enum Reason {
    /** No zip file, or not in the one form that a bundle has: other names, twice, compressed. */
    PACKAGE,
    /** The manifest is not of the form that this version knows. */
    MANIFEST_MALFORMED,
    /** The manifest names a key that is not known. */
    MANIFEST_KEY,
    /** The manifest's key did not sign it. */
    MANIFEST_SIGNATURE,
    /** A file is listed and not there. */
    FILE_MISSING,
    /** A file is there and not listed. */
    FILE_UNLISTED,
    /** A file is longer or shorter than listed. */
    FILE_SIZE,
    /** A file is not the one that is listed. */
    FILE_DIGEST,
    /** A part lacks one of its files, or the case one of its parts. */
    PART_INCOMPLETE,
    /** Something signed as report is none. */
    REPORT_MALFORMED,
    /** A claim of a report fails. */
    REPORT_FALSE,
    /** Key evidence or enrolment is not that of the report. */
    KEY_EVIDENCE,
    /** Something is no result. */
    RESULT_MALFORMED,
    /** A result is of an unknown key, another VM, not signed or contradicts itself. */
    RESULT_FALSE,
    /** An entry of the ledger is none, or of another type. */
    ENTRY_MALFORMED,
    /** An entry is not the one that the body is of. */
    ENTRY_BODY,
    /** A proof is none. */
    PROOF_MALFORMED,
    /** No known key of the log signed the checkpoint. */
    CHECKPOINT_SIGNATURE,
    /** The entry is not where the proof says. */
    PROOF_FALSE,
    /** Manifest and entry of the case are two. */
    OTHER_CASE,
    /** Something is about another VM. */
    OTHER_VM,
    /** A report, result or difference is not the one that the case's entry names. */
    OTHER_REPORT,
    /** A result says something else than the part that it plays. */
    OTHER_VERDICT,
    /** The core's memory is not the attested one, or no memory. */
    MEMORY_FALSE
  }
}
