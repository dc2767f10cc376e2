// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

/** A well-formed result that is not to be trusted. */
public final class ResultRejectedException extends Exception {
  private static final long serialVersionUID = 1L;
  private final Reason reason;

  ResultRejectedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** Why not. */
  public enum Reason {
    /** It names a key that is none of the known ones. */
    UNKNOWN_KEY,
    /** The key that it names did not sign it. */
    SIGNATURE,
    /** Status, trustworthiness vector and verdict contradict each other. */
    INCONSISTENT,
    /** It is about another virtual machine than was asked for. */
    OTHER_VM
  }
}
