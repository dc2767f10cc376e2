// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** The TPM does not answer, refuses, or does not hold what it should. */
public final class TpmException extends TeeException {
  private static final long serialVersionUID = 1L;

  TpmException(int errno, String detail) {
    super("TPM failed", errno, detail);
  }

  /**
   * Whether nothing answers where the TPM should be. An open {@link SigningKey} works again once it
   * is back.
   */
  public boolean unreachable() {
    return errno() == Errno.ENODEV;
  }

  /** Whether the place of the counter in the TPM is taken by something else. */
  public boolean counterTaken() {
    return errno() == Errno.EADDRINUSE;
  }
}
