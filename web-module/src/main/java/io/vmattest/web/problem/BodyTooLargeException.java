// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.problem;

/** A request's body is over the limit. */
public final class BodyTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BodyTooLargeException() {
    super("the body is over the limit");
  }
}
