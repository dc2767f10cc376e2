// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cose;

import io.vmattest.core.cbor.MalformedCborException;

/** Bytes that are not the COSE_Sign1 message that was expected. */
public final class MalformedCoseException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedCoseException(String message) {
    super(message);
  }

  MalformedCoseException(MalformedCborException cause) {
    super(cause.getMessage(), cause);
  }
}
