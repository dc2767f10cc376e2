// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import org.jspecify.annotations.Nullable;

/** The token is away or lets nobody in. It is looked for again with the next call. */
public class HsmUnavailableException extends ServiceException {
  private static final long serialVersionUID = 1L;

  HsmUnavailableException(String message) {
    this(message, null);
  }

  HsmUnavailableException(String message, @Nullable Throwable cause) {
    super(Problem.HSM_UNAVAILABLE, message, cause);
  }
}
