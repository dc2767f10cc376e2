// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

/** Bytes that are not deterministic CBOR, or not of the shape that was expected. */
public final class MalformedCborException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedCborException(String message) {
    super(message);
  }

  public MalformedCborException(String message, Throwable cause) {
    super(message, cause);
  }
}
