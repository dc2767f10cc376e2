// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/**
 * The process of the measurement module cannot be reached, or has ended and taken what it held with
 * it. New objects can be made once it is back.
 */
public final class ModuleGoneException extends TeeException {
  private static final long serialVersionUID = 1L;

  ModuleGoneException(int errno, String detail) {
    super("measurement module gone", errno, detail);
  }
}
