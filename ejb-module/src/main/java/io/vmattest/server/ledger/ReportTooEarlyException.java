// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

/** A report came before the one that it follows; it can be appended once that is. */
public final class ReportTooEarlyException extends Exception {
  private static final long serialVersionUID = 1L;

  public ReportTooEarlyException(String message) {
    super(message);
  }
}
