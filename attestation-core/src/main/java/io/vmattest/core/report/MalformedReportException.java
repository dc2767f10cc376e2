// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

/** Bytes that are not a report as docs/report-format.cddl has it. */
public final class MalformedReportException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedReportException(String message) {
    super(message);
  }

  public MalformedReportException(String message, Throwable cause) {
    super(message, cause);
  }
}
