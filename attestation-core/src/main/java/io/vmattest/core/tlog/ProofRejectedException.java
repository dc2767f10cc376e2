// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

/** A well-formed proof that does not show that the entry is in the log. */
public final class ProofRejectedException extends TlogException {
  private static final long serialVersionUID = 1L;

  public ProofRejectedException(String message) {
    super(message);
  }
}
