// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/**
 * The guest was resumed while it was captured as a suspended one, or suspended while it was
 * captured as a running one, so that the capture's mode would be untrue.
 */
public final class RunStateException extends TeeException {
  private static final long serialVersionUID = 1L;

  RunStateException(int errno, String detail) {
    super("run state changed", errno, detail);
  }
}
