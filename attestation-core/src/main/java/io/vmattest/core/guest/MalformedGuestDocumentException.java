// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

/** Bytes that are no guest document. */
public final class MalformedGuestDocumentException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedGuestDocumentException(String message) {
    super(message);
  }

  MalformedGuestDocumentException(String message, Throwable cause) {
    super(message, cause);
  }
}
