// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** A failure without a kind of its own, such as calls made in the wrong order. */
public final class NativeFailureException extends TeeException {
  private static final long serialVersionUID = 1L;

  NativeFailureException(int errno, String detail) {
    super("measurement module failed", errno, detail);
  }
}
