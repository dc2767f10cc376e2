// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.problem;

import jakarta.ejb.ApplicationException;
import org.jspecify.annotations.Nullable;

/** A failure with a kind; the transaction it happens in is rolled back. */
@ApplicationException(rollback = true, inherited = true)
public class ServiceException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final Problem problem;

  public ServiceException(Problem problem, String message) {
    super(message);
    this.problem = problem;
  }

  public ServiceException(Problem problem, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }

  /** The message, for people; never null. */
  public String detail() {
    String message = getMessage();
    return message == null ? problem.name() : message;
  }
}
