// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

/** What the server gave is not the log that was signed, or not the one that was exported before. */
public final class ExportRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  ExportRefusedException(String message) {
    super(message);
  }

  ExportRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
