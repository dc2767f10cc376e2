// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.UUID;

/** Gives attested snapshots to debuggers. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class SnapshotExport {
  @Inject HostGateway host;
  @Inject AttestedSnapshots attested;
  @Inject SnapshotRecorder recorder;

  /**
   * An attested snapshot as a core, checked to its last page; that somebody took it is recorded
   * before he has it.
   *
   * @param by who asks
   * @throws ServiceException with NO_SUCH_SNAPSHOT, NO_SUCH_REPORT, SNAPSHOT_DAMAGED, STORAGE_FULL,
   *     BUSY, CAPTURE_FAILED
   */
  public SnapshotCore core(UUID vm, Digest snapshot, String by) {
    StoredReport report = attested.report(vm, snapshot);
    GuestCore core = host.call(connection -> connection.core(vm, snapshot));
    boolean recorded = false;
    try {
      recorder.exported(vm, snapshot, report.digest(), by);
      recorded = true;
      return new SnapshotCore(core);
    } finally {
      if (!recorded) {
        core.close();
      }
    }
  }
}
