// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.settings;

import java.io.IOException;

/** What was given, on the command line or in the settings, cannot be meant so. */
public final class UsageException extends IOException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
