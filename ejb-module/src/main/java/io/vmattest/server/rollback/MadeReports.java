// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackFailedException;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import java.util.ArrayList;
import java.util.List;

/** The reports that the host signed for one rollback, however that ended. */
final class MadeReports {
  private final List<CaptureResult> captures = new ArrayList<>();

  /** Has the host roll back, and remembers what it signed. */
  RollbackResult rollBack(
      HypervisorConnection host, RollbackRequest request, ProgressListener progress)
      throws HypervisorException {
    try {
      RollbackResult result = host.rollBack(request, progress);
      captures.add(result.suspect());
      captures.add(result.restored());
      return result;
    } catch (RollbackFailedException e) {
      captures.addAll(e.reports());
      throw e;
    }
  }

  /** In the order of their numbers. */
  List<CaptureResult> captures() {
    return List.copyOf(captures);
  }
}
