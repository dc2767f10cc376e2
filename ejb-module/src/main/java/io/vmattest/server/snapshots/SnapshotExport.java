// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.bundle.CaseFile;
import io.vmattest.core.bundle.CoreMeasure;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.UUID;

/** Gives attested snapshots to debuggers. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class SnapshotExport {
  @Inject HostGateway host;
  @Inject AttestedSnapshots attested;
  @Inject SnapshotRecorder recorder;

  /**
   * What an attested snapshot's core is, made as whenever it is asked for; nobody gets it.
   *
   * @throws ServiceException as {@link #core} does
   */
  public CaseFile measure(UUID vm, Digest snapshot) {
    attested.report(vm, snapshot);
    CoreMeasure measure = new CoreMeasure();
    try (GuestCore core = host.call(connection -> connection.core(vm, snapshot))) {
      core.writeTo(measure);
      return measure.file();
    } catch (IOException e) {
      throw new ServiceException(
          Problem.CAPTURE_FAILED, "the core could not be read: " + e.getMessage(), e);
    }
  }

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
