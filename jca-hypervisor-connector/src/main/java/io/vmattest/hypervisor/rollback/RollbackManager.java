// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackFailedException;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.capture.Afterwards;
import io.vmattest.hypervisor.capture.Attestor;
import io.vmattest.hypervisor.capture.Comparison;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.chains.ChainUpkeep;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.config.OwnMetadata;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.FutureTask;

/** The work of a rollback, up to the restored guest that stands paused and has been compared. */
final class RollbackManager implements GuestWork {
  private final StateFolder state;
  private final SnapshotStore store;
  private final Attestor attestor;
  private final MirroredJournal journal;
  private final GuestRestorer restorer;
  private final RestoredState restoredState;
  private final BranchEnd end;

  RollbackManager(
      StateFolder state, SnapshotStore store, Attestor attestor, BranchJournal journal) {
    this.state = state;
    this.store = store;
    this.attestor = attestor;
    this.journal = new MirroredJournal(journal, new MetadataMirror(journal, new MirrorKeys(state)));
    this.restorer = new GuestRestorer(state);
    this.restoredState = new RestoredState(attestor);
    this.end = new BranchEnd(store, this.journal, restorer, restoredState);
  }

  @Override
  public boolean hasSnapshot(UUID vm, Digest digest) {
    return store.find(vm, digest).isPresent();
  }

  @Override
  public void complete(HostLink link, Branch branch) throws HypervisorException {
    end.complete(link, branch);
  }

  @Override
  public void undo(HostLink link, Branch branch) throws HypervisorException {
    end.undo(link, branch);
  }

  @Override
  public RollbackResult replace(
      HostLink link, BranchId id, RollbackRequest request, ProgressListener progress, Permit permit)
      throws HypervisorException {
    AttestationReport attested = attested(request);
    StoredSnapshot snapshot = find(request.vm(), attested.snapshot());
    lookAtAll(link, request.vm(), snapshot);
    permit.check();
    try (GuestDomain domain = link.domain(request.vm());
        Comparison comparison = new Comparison(snapshot);
        SnapshotsCheck check = SnapshotsCheck.begin(store, request.vm(), snapshot)) {
      Branch branch = begin(link, domain, id, request, attested.snapshot());
      List<CaptureResult> made = new ArrayList<>();
      try {
        CaptureResult suspect = captureSuspect(domain, branch, request, comparison, progress);
        made.add(suspect);
        progress.progress("reading both snapshots", 0.45);
        check.finish(find(request.vm(), snapshotOf(suspect)));
        permit.check();
        Branch replacing = branch.replacing(snapshotOf(suspect));
        journal.put(link, replacing);
        branch = replacing;
        progress.progress("restoring", 0.5);
        // It is kept: that it died meanwhile is no obstacle.
        if (BranchEnd.isActive(link, branch)) {
          QemuEnd.onThisHost().of(domain, branch.vm());
        }
        String xml = restorer.restore(link, snapshot);
        permit.check();
        progress.progress("checking the restored state", 0.8);
        CaptureResult restored =
            finishRestored(link, branch, request, attested, comparison, made, xml);
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

  /** Nothing is touched before all of it holds. */
  private void lookAtAll(HostLink link, UUID vm, StoredSnapshot snapshot)
      throws HypervisorException {
    RollbackConditions.check(link, vm, snapshot);
    new ChainUpkeep(link, store, state).settle(vm);
    // Each waits for a program. Where both fail, the attested ones are told.
    FutureTask<Boolean> attested =
        Uninterrupted.begin("vmattest-disks-check", () -> restorer.checkDisks(snapshot));
    try {
      attestor.checkDisks(link, vm);
    } finally {
      Uninterrupted.await(attested);
    }
  }

  private Branch begin(
      HostLink link, GuestDomain domain, BranchId id, RollbackRequest request, Digest attested)
      throws LibvirtFailure, IOException, HypervisorException {
    RunState state = domain.state();
    if (state != RunState.RUNNING && state != RunState.SUSPENDED) {
      throw new HypervisorException(Reason.VM_NOT_ACTIVE, "VM " + domain.name() + " is " + state);
    }
    Branch branch =
        new Branch(
            id,
            request.vm(),
            attested,
            Base64.getEncoder().encodeToString(request.attestedReport()),
            Optional.empty(),
            state == RunState.RUNNING,
            domain.isPersistent() ? Optional.of(definition(domain)) : Optional.empty(),
            Optional.empty(),
            Branch.Phase.CAPTURING);
    journal.put(link, branch);
    return branch;
  }

  /** A copy of a former branch may have stayed in it. */
  private static String definition(GuestDomain domain) throws LibvirtFailure, HypervisorException {
    try {
      return OwnMetadata.without(domain.definedXml());
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    }
  }

  /** The suspect stands still from here on: nothing that it does is lost if it comes back. */
  private CaptureResult captureSuspect(
      GuestDomain domain,
      Branch branch,
      RollbackRequest request,
      Comparison comparison,
      ProgressListener progress)
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
            Optional.empty());
    return attestor.attest(
        domain,
        capture,
        Afterwards.ofOneThatRan(branch.wasRunning()),
        Optional.of(comparison),
        (step, part) -> progress.progress("suspect: " + step, part / 2));
  }

  /**
   * @param made the captures so far, the suspect's; the restored state's is added
   */
  private CaptureResult finishRestored(
      HostLink link,
      Branch branch,
      RollbackRequest request,
      AttestationReport attested,
      Comparison comparison,
      List<CaptureResult> made,
      String xml)
      throws LibvirtFailure, HypervisorException, IOException {
    CaptureRequest capture =
        new CaptureRequest(
            request.vm(),
            "rollback",
            Optional.empty(),
            request.sequence() + 1,
            Optional.of(RestoredState.parse(made.get(0).signedReport()).digest()),
            false,
            Optional.empty());
    try (GuestDomain domain = link.domain(request.vm())) {
      CaptureResult restored =
          restoredState.capture(
              domain, capture, Afterwards.ofOneThatRan(branch.wasRunning()), comparison);
      made.add(restored);
      RestoredState.check(attested, restored);
      if (branch.definition().isPresent()) {
        journal.define(link, branch.vm(), xml);
      }
      journal.put(link, branch.restored(ProcessIdentity.onThisHost().of(domain)));
      return restored;
    }
  }

  private static Digest snapshotOf(CaptureResult capture) throws HypervisorException {
    return RestoredState.parse(capture.signedReport()).report().snapshot();
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
    AttestationReport report = RestoredState.parse(request.attestedReport()).report();
    if (!report.vmId().equals(request.vm())) {
      throw new HypervisorException(
          Reason.NO_SUCH_SNAPSHOT, "the report is of another VM: " + report.vmId());
    }
    return report;
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
