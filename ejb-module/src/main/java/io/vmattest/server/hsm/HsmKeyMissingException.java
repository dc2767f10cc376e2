// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

/** The token is there, and has no key of that label. */
public final class HsmKeyMissingException extends HsmUnavailableException {
  private static final long serialVersionUID = 1L;

  HsmKeyMissingException(String label) {
    super("the token has no key " + label);
  }
}
