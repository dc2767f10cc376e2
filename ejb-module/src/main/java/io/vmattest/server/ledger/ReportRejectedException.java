// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

/** A message is not a report that can be appended, and will never be. */
public final class ReportRejectedException extends Exception {
  private static final long serialVersionUID = 1L;

  public ReportRejectedException(String reason) {
    super(reason);
  }

  public ReportRejectedException(String reason, Throwable cause) {
    super(reason, cause);
  }

  /** One sentence. */
  public String reason() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
