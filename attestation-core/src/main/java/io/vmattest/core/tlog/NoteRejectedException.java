// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

/** A well-formed note that is not to be trusted. */
public final class NoteRejectedException extends TlogException {
  private static final long serialVersionUID = 1L;
  private final Reason reason;

  public NoteRejectedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** Why not. */
  public enum Reason {
    /** A signature says that a known key made it, which did not. */
    INVALID_SIGNATURE,
    /** No known key signed it. */
    NO_KNOWN_SIGNATURE,
    /** It is a checkpoint of another log. */
    ORIGIN
  }
}
