// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.libvirt.HostLink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Keeps the journal as the real work does, and no VM at all. */
final class FakeWork implements GuestWork {
  /** Something that happens in the middle. */
  @FunctionalInterface
  interface Hook {
    void run() throws Exception;
  }

  private final Records records;
  private final List<UUID> completed = new ArrayList<>();
  private final List<UUID> undone = new ArrayList<>();
  private final List<UUID> failing = new ArrayList<>();
  private Hook whileReplacing = () -> {};
  private Hook whileUndoing = () -> {};
  private boolean asksForPermit = true;
  private boolean kept = true;

  FakeWork(BranchJournal journal) {
    this.records = new Records(journal);
  }

  static Branch branch(BranchId id, UUID vm, Branch.Phase phase) {
    return new Branch(
        id,
        vm,
        Digest.sha256(new byte[] {1}),
        "",
        Optional.of(Digest.sha256(new byte[] {2})),
        true,
        Optional.empty(),
        Optional.empty(),
        phase);
  }

  /** As if the snapshots of branches were gone. */
  void losesSnapshots() {
    kept = false;
  }

  List<UUID> completed() {
    return completed;
  }

  List<UUID> undone() {
    return undone;
  }

  void whileReplacing(Hook hook) {
    whileReplacing = hook;
  }

  void whileUndoing(Hook hook) {
    whileUndoing = hook;
  }

  /** As if the transaction ended after the last question. */
  void asksForNoPermit() {
    asksForPermit = false;
  }

  /** From now on a VM cannot be finished; or can again. */
  void failsOn(UUID vm, boolean fails) {
    failing.remove(vm);
    if (fails) {
      failing.add(vm);
    }
  }

  @Override
  public RollbackResult replace(
      HostLink link, BranchId id, RollbackRequest request, ProgressListener progress, Permit permit)
      throws HypervisorException {
    Branch branch = branch(id, request.vm(), Branch.Phase.REPLACING);
    records.put(branch);
    try {
      run(whileReplacing);
      if (asksForPermit) {
        permit.check();
      }
      records.put(branch.restored("process"));
    } catch (HypervisorException e) {
      try {
        undo(link, branch);
      } catch (HypervisorException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    CaptureResult capture =
        new CaptureResult(new byte[0], "", Optional.empty(), Optional.empty(), true);
    return new RollbackResult(capture, capture);
  }

  private static void run(Hook hook) throws HypervisorException {
    try {
      hook.run();
    } catch (HypervisorException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public boolean hasSnapshot(UUID vm, Digest digest) {
    return kept;
  }

  @Override
  public void complete(HostLink link, Branch branch) throws HypervisorException {
    finish(branch, completed);
  }

  @Override
  public void undo(HostLink link, Branch branch) throws HypervisorException {
    run(whileUndoing);
    finish(branch, undone);
  }

  private void finish(Branch branch, List<UUID> finished) throws HypervisorException {
    if (failing.contains(branch.vm())) {
      throw new HypervisorException(Reason.RESTORE_FAILED, "the VM cannot be brought back");
    }
    records.close(branch);
    finished.add(branch.vm());
  }
}
