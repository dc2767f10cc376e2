// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** The deadline passed before the work was done. */
public final class DeadlineException extends TeeException {
  private static final long serialVersionUID = 1L;

  DeadlineException(int errno, String detail) {
    super("deadline passed", errno, detail);
  }
}
