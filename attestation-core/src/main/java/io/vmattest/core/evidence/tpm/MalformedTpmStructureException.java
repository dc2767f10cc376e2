// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

/** Bytes that are not the TPM structure that was expected, or not one that is supported. */
public final class MalformedTpmStructureException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedTpmStructureException(String message) {
    super(message);
  }

  public MalformedTpmStructureException(String message, Throwable cause) {
    super(message, cause);
  }
}
