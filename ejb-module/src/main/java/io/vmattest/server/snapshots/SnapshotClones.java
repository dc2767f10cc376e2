// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.List;
import java.util.UUID;

/** Starts attested snapshots as paused clones for debuggers. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class SnapshotClones {
  private static final System.Logger LOG = System.getLogger(SnapshotClones.class.getName());

  @Inject HostGateway host;
  @Inject AttestedSnapshots attested;
  @Inject SnapshotRecorder recorder;

  /**
   * Starts a clone, every page of which was checked; who wanted it is recorded before he is told
   * where it is.
   *
   * @throws ServiceException with NO_SUCH_SNAPSHOT, NO_SUCH_REPORT, SNAPSHOT_DAMAGED,
   *     SNAPSHOT_IN_USE if it has one, BUSY if there are too many, CLONE_NOT_ISOLABLE,
   *     CAPTURE_IN_PROGRESS, HOST_MEMORY_LOW, STORAGE_FULL, RESTORE_FAILED
   */
  public SnapshotClone start(UUID vm, Digest snapshot, CloneRequest request) {
    StoredReport report = attested.report(vm, snapshot);
    DebugClone made = host.call(c -> c.startClone(vm, snapshot, request.life()));
    boolean recorded = false;
    try {
      SnapshotClone clone = SnapshotClone.of(made);
      recorder.cloned(vm, clone, report.digest(), request);
      recorded = true;
      return clone;
    } finally {
      if (!recorded) {
        discard(vm, made.id());
      }
    }
  }

  private void discard(UUID vm, UUID clone) {
    try {
      stop(vm, clone);
    } catch (ServiceException e) {
      LOG.log(System.Logger.Level.WARNING, "clone " + clone + " stays until its time is over", e);
    }
  }

  /** The clones of a snapshot: one, or none. */
  public List<SnapshotClone> list(UUID vm, Digest snapshot) {
    return host.call(c -> c.clones(vm)).stream()
        .filter(made -> made.snapshot().equals(snapshot))
        .map(SnapshotClone::of)
        .toList();
  }

  /**
   * Ends a clone that somebody wants gone, and records that.
   *
   * @throws ServiceException with NO_SUCH_CLONE
   */
  public void stop(UUID vm, Digest snapshot, UUID clone, String by) {
    stop(vm, clone);
    recorder.cloneEnded(vm, snapshot, clone, by);
  }

  private void stop(UUID vm, UUID clone) {
    host.call(
        c -> {
          c.stopClone(vm, clone);
          return clone;
        });
  }
}
