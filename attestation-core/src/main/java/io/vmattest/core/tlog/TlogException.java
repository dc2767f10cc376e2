// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

/** Something of a transparency log is not what it should be. */
public abstract sealed class TlogException extends Exception
    permits MalformedTlogException,
        NoteRejectedException,
        ProofRejectedException,
        TileUnavailableException {
  private static final long serialVersionUID = 1L;

  TlogException(String message) {
    super(message);
  }

  TlogException(String message, Throwable cause) {
    super(message, cause);
  }
}
