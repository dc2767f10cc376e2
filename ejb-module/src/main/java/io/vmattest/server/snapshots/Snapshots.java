// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.hypervisor.api.KeptSnapshot;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.attestation.CaptureGuard.Urgency;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The snapshots that the host keeps of VMs. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Snapshots {
  @Inject HostGateway host;
  @Inject Pins pins;
  @Inject CaptureGuard guard;
  @Inject SnapshotRecorder recorder;

  /** Oldest first. */
  public List<Snapshot> list(UUID vm) {
    return pins.on(
        vm, host.call(c -> c.keptSnapshots(vm)).stream().map(Snapshots::snapshot).toList());
  }

  private static Snapshot snapshot(KeptSnapshot kept) {
    Optional<SignedReport> report = kept.signedReport().flatMap(Snapshots::report);
    return new Snapshot(
        kept.digest(),
        report.map(r -> r.report().capturedAt()).orElse(kept.keptAt()),
        report,
        kept.disks(),
        Set.of());
  }

  /** One that attests another snapshot says nothing of this one; a check of the store does. */
  private static Optional<SignedReport> report(byte[] cose) {
    try {
      return Optional.of(SignedReport.parse(cose));
    } catch (MalformedReportException e) {
      return Optional.empty();
    }
  }

  /** What they take of the host's disk together, in bytes. */
  public long bytes(UUID vm) {
    return host.call(c -> c.snapshotBytes(vm));
  }

  /**
   * A VM's snapshot.
   *
   * @throws ServiceException with NO_SUCH_SNAPSHOT
   */
  public Snapshot get(UUID vm, Digest digest) {
    return list(vm).stream()
        .filter(s -> s.digest().equals(digest))
        .findFirst()
        .orElseThrow(
            () ->
                new ServiceException(
                    Problem.NO_SUCH_SNAPSHOT, "the VM has no snapshot " + digest.hex()));
  }

  /**
   * Drops a snapshot that somebody wants gone.
   *
   * @throws ServiceException with NO_SUCH_SNAPSHOT, SNAPSHOT_PINNED, CAPTURE_IN_PROGRESS
   */
  public void drop(UUID vm, Digest digest) {
    guard.alone(
        vm,
        Urgency.ASKED_FOR,
        () -> {
          Snapshot snapshot = get(vm, digest);
          if (snapshot.isPinned()) {
            throw new ServiceException(Problem.SNAPSHOT_PINNED, why(snapshot));
          }
          remove(vm, snapshot, DropReason.REQUEST);
          return snapshot;
        });
  }

  private static String why(Snapshot snapshot) {
    return snapshot.pins().stream()
        .sorted()
        .map(
            pin ->
                switch (pin) {
                  case BASELINE -> "it is the baseline's";
                  case OPEN_CASE ->
                      "it is what the last rollback replaced, and the case is not closed";
                  case ROLLBACK -> "a rollback of the VM goes on";
                  case DEBUG_CLONE -> "a debug clone stands on it";
                })
        .collect(Collectors.joining("; "));
  }

  /** Drops it, pinned or not, and records that. The caller keeps others from working on the VM. */
  public void remove(UUID vm, Snapshot snapshot, DropReason why) {
    LedgerRecord entry = recorder.dropping(vm, snapshot, why);
    try {
      host.call(
          connection -> {
            connection.dropSnapshot(vm, snapshot.digest());
            return snapshot;
          });
    } catch (ServiceException e) {
      recorder.notDropped(vm, snapshot, e.detail());
      throw e;
    }
    recorder.dropped(vm, snapshot, why, entry);
  }

  /**
   * Closes the case of a snapshot, which is then like any other; again changes nothing.
   *
   * @throws ServiceException with NO_SUCH_SNAPSHOT
   */
  public Snapshot closeCase(UUID vm, Digest digest) {
    if (get(vm, digest).pins().contains(Pin.OPEN_CASE)) {
      recorder.caseClosed(vm, digest);
    }
    return get(vm, digest);
  }
}
