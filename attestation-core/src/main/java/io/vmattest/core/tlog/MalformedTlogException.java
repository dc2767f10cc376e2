// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

/** Bytes or text that are not in the format that was expected. */
public final class MalformedTlogException extends TlogException {
  private static final long serialVersionUID = 1L;

  public MalformedTlogException(String message) {
    super(message);
  }
}
