// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import org.jspecify.annotations.Nullable;

/** Stored bytes are not those that were encrypted for this place, or their key is not there. */
public final class UnreadableBodyException extends Exception {
  private static final long serialVersionUID = 1L;

  public UnreadableBodyException(String reason) {
    this(reason, null);
  }

  public UnreadableBodyException(String reason, @Nullable Throwable cause) {
    super(reason, cause);
  }

  /** Why, for people; goes on behind "it ". */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
