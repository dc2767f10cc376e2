// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** {@link Capture#cancel()} was called. */
public final class CancelledException extends TeeException {
  private static final long serialVersionUID = 1L;

  CancelledException(int errno, String detail) {
    super("cancelled", errno, detail);
  }
}
