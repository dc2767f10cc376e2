// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** What came was larger than {@link CaptureLimits} allow. */
public final class LimitExceededException extends TeeException {
  private static final long serialVersionUID = 1L;

  LimitExceededException(int errno, String detail) {
    super("limit exceeded", errno, detail);
  }
}
