// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

/** Bytes that are not a result as docs/result-format.cddl has it. */
public final class MalformedResultException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedResultException(String message) {
    super(message);
  }

  MalformedResultException(String message, Throwable cause) {
    super(message, cause);
  }
}
