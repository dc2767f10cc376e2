// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** {@link HostClaims} break a rule of the report format. */
public final class InvalidClaimsException extends TeeException {
  private static final long serialVersionUID = 1L;

  InvalidClaimsException(int errno, String detail) {
    super("invalid claims", errno, detail);
  }
}
