// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import java.util.List;

/**
 * A rollback failed after reports were signed on the way. They carry the numbers that were asked
 * for, so that the caller must append them all the same.
 */
public final class RollbackFailedException extends HypervisorException {
  private static final long serialVersionUID = 1L;

  private final transient List<CaptureResult> reports;

  /**
   * @param reports in the order of their numbers
   */
  public RollbackFailedException(HypervisorException cause, List<CaptureResult> reports) {
    super(cause.reason(), String.valueOf(cause.getMessage()), cause);
    this.reports = List.copyOf(reports);
    // That the VM could not be brought back.
    for (Throwable suppressed : cause.getSuppressed()) {
      addSuppressed(suppressed);
    }
  }

  /** The suspect's report, and the restored state's if it came to that. */
  public List<CaptureResult> reports() {
    return reports;
  }
}
