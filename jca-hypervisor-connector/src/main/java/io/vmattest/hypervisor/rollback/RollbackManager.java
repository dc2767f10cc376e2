// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackFailedException;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.capture.Attestor;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The work of a rollback, up to the restored guest that stands paused and has been compared. */
final class RollbackManager {
  private final SnapshotStore store;
  private final Attestor attestor;
  private final BranchJournal journal;
  private final GuestRestorer restorer;
  private final BranchEnd end;

  RollbackManager(
      StateFolder state, SnapshotStore store, Attestor attestor, BranchJournal journal) {
    this.store = store;
    this.attestor = attestor;
    this.journal = journal;
    this.restorer = new GuestRestorer(state);
    this.end = new BranchEnd(store, journal, restorer);
  }

  /** What finishes branches. */
  BranchEnd end() {
    return end;
  }

  /**
   * Replaces the VM, whose lock the caller holds. If it throws, the VM is as it was and there is no
   * branch; unless the VM could not be brought back, which recovery then tries again.
   */
  RollbackResult replace(
      HostLink link, BranchId id, RollbackRequest request, ProgressListener progress)
      throws HypervisorException {
    AttestationReport attested = attested(request);
    StoredSnapshot snapshot = find(request.vm(), attested.snapshot());
    restorer.checkDisks(snapshot);
    try (GuestDomain domain = link.domain(request.vm())) {
      Branch branch = begin(domain, id, request.vm(), attested.snapshot());
      List<CaptureResult> made = new ArrayList<>();
      try {
        CaptureResult suspect = captureSuspect(domain, branch, request, progress);
        made.add(suspect);
        branch = branch.replacing(parse(suspect.signedReport()).report().snapshot());
        journal.put(branch);
        progress.progress("restoring", 0.5);
        domain.destroy();
        String xml = restorer.restore(link, snapshot);
        progress.progress("checking the restored state", 0.8);
        CaptureResult restored = captureRestored(link, request, suspect);
        made.add(restored);
        check(attested, restored);
        if (branch.definition().isPresent()) {
          link.define(xml);
        }
        return new RollbackResult(suspect, restored);
      } catch (HypervisorException | LibvirtFailure | IOException | RuntimeException e) {
        HypervisorException why = undo(link, branch, e);
        throw made.isEmpty() ? why : new RollbackFailedException(why, made);
      }
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  private Branch begin(GuestDomain domain, BranchId id, UUID vm, Digest attested)
      throws LibvirtFailure, IOException, HypervisorException {
    RunState state = domain.state();
    if (state != RunState.RUNNING && state != RunState.SUSPENDED) {
      throw new HypervisorException(Reason.VM_NOT_ACTIVE, "VM " + domain.name() + " is " + state);
    }
    Branch branch =
        new Branch(
            id,
            vm,
            attested,
            Optional.empty(),
            state == RunState.RUNNING,
            domain.isPersistent() ? Optional.of(domain.definedXml()) : Optional.empty(),
            Branch.Phase.CAPTURING);
    journal.put(branch);
    return branch;
  }

  /** The suspect stands still from here on: nothing that it does is lost if it comes back. */
  private CaptureResult captureSuspect(
      GuestDomain domain, Branch branch, RollbackRequest request, ProgressListener progress)
      throws LibvirtFailure, HypervisorException {
    if (branch.wasRunning()) {
      domain.suspend();
    }
    CaptureRequest capture =
        new CaptureRequest(
            request.vm(),
            "suspect",
            Optional.empty(),
            request.sequence(),
            request.previous(),
            true,
            Optional.of(branch.attested()));
    return attestor.attest(
        domain, capture, (step, part) -> progress.progress("suspect: " + step, part / 2));
  }

  private CaptureResult captureRestored(
      HostLink link, RollbackRequest request, CaptureResult suspect)
      throws LibvirtFailure, HypervisorException {
    CaptureRequest capture =
        new CaptureRequest(
            request.vm(),
            "rollback",
            Optional.empty(),
            request.sequence() + 1,
            Optional.of(parse(suspect.signedReport()).digest()),
            false,
            Optional.of(attested(request).snapshot()));
    try (GuestDomain domain = link.domain(request.vm())) {
      return attestor.attest(domain, capture, ProgressListener.NONE);
    }
  }

  private static void check(AttestationReport attested, CaptureResult restored)
      throws HypervisorException {
    long pages = restored.differences().map(d -> d.totalPages()).orElse(Long.MAX_VALUE);
    RestoredState.check(attested, parse(restored.signedReport()).report(), pages);
  }

  private HypervisorException undo(HostLink link, Branch branch, Exception cause) {
    HypervisorException why;
    if (cause instanceof HypervisorException known) {
      why = known;
    } else if (cause instanceof LibvirtFailure failure) {
      why = Failures.of(Reason.RESTORE_FAILED, failure);
    } else {
      why = new HypervisorException(Reason.RESTORE_FAILED, "the rollback failed: " + cause, cause);
    }
    try {
      end.undo(link, branch);
    } catch (HypervisorException e) {
      why.addSuppressed(e);
    }
    return why;
  }

  private static AttestationReport attested(RollbackRequest request) throws HypervisorException {
    AttestationReport report = parse(request.attestedReport()).report();
    if (!report.vmId().equals(request.vm())) {
      throw new HypervisorException(
          Reason.NO_SUCH_SNAPSHOT, "the report is of another VM: " + report.vmId());
    }
    return report;
  }

  private static SignedReport parse(byte[] report) throws HypervisorException {
    try {
      return SignedReport.parse(report);
    } catch (MalformedReportException e) {
      throw new HypervisorException(
          Reason.RESTORE_FAILED, "a report cannot be read: " + e.getMessage(), e);
    }
  }

  private StoredSnapshot find(UUID vm, Digest digest) throws HypervisorException {
    return store
        .find(vm, digest)
        .orElseThrow(
            () ->
                new HypervisorException(
                    Reason.NO_SUCH_SNAPSHOT, "VM " + vm + " has no snapshot " + digest));
  }
}
