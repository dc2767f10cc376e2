// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import org.jspecify.annotations.Nullable;

/** Nothing of a group of reports was appended. */
public final class GroupFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public GroupFailedException(@Nullable Throwable cause) {
    super("a group of reports could not be appended", cause);
  }
}
