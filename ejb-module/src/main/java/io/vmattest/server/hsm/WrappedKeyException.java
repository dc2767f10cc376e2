// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

/** A wrapped key is not what was wrapped, or was wrapped for something else (other AAD). */
public final class WrappedKeyException extends Exception {
  private static final long serialVersionUID = 1L;

  WrappedKeyException(String message) {
    super(message);
  }
}
