// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

/** Bytes that are no entry of a ledger. */
public final class MalformedEntryException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedEntryException(String message, Throwable cause) {
    super(message, cause);
  }
}
