// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackFailedException;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.server.ledger.StoredReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The reports that the host signed for one rollback, however that ended. */
final class MadeReports {
  /** In the order in which they are made. */
  private static final List<String> NAMES = List.of("suspect", "restored");

  private final List<CaptureResult> captures = new ArrayList<>();
  private final List<StoredReport> appended = new ArrayList<>();

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

  /** Is told which of them are in the ledger although the rollback failed, in their order. */
  void appended(List<StoredReport> reports) {
    appended.addAll(reports);
  }

  /** Digests of those by what each is of, as a rollback's entry names them. */
  Map<String, String> named() {
    Map<String, String> names = new TreeMap<>();
    for (int i = 0; i < Math.min(appended.size(), NAMES.size()); i++) {
      names.put(NAMES.get(i), appended.get(i).digest().hex());
    }
    return names;
  }
}
