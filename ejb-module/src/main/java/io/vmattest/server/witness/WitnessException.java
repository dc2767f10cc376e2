// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

/** A witness did not cosign. */
public final class WitnessException extends Exception {
  private static final long serialVersionUID = 1L;
  private final Reason reason;

  WitnessException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  WitnessException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** Why it did not. */
  public enum Reason {
    /** It does not answer, not in time, or not as the protocol has it. */
    UNAVAILABLE,
    /** It does not know the log (404). */
    UNKNOWN_LOG,
    /** It trusts none of the keys that signed the checkpoint (403). */
    UNTRUSTED_KEY,
    /**
     * It cosigned a larger tree than ours, or another one of this size: the ledger was put back.
     */
    AHEAD,
    /** To it, the tree is not what it cosigned and nothing but appended entries (422). */
    INCONSISTENT,
    /** What it answered is no cosignature of its key over this checkpoint. */
    BAD_COSIGNATURE,
    /** It refused otherwise. */
    REFUSED
  }

  /** Whether people have to look: it will not be better the next time. */
  public boolean isGrave() {
    return reason == Reason.AHEAD || reason == Reason.INCONSISTENT;
  }
}
