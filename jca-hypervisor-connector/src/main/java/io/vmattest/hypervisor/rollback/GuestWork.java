// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.libvirt.HostLink;
import java.util.UUID;

/** What rollbacks do to VMs, apart from when and whether. The caller holds the VM's lock. */
interface GuestWork {
  /** How the work is made that writes into a journal. */
  @FunctionalInterface
  interface Factory {
    GuestWork on(BranchJournal journal);
  }

  /** Asked before each step that changes the VM. */
  @FunctionalInterface
  interface Permit {
    /**
     * @throws HypervisorException if the result is not wanted any more
     */
    void check() throws HypervisorException;
  }

  /**
   * Replaces the VM. If it throws, the VM is as it was and there is no branch; unless the VM could
   * not be brought back, which recovery then tries again.
   */
  RollbackResult replace(
      HostLink link, BranchId id, RollbackRequest request, ProgressListener progress, Permit permit)
      throws HypervisorException;

  /** Whether what a branch needs is there. */
  boolean hasSnapshot(UUID vm, Digest digest);

  /** Lets the restored guest run, if the VM ran before, and closes the branch. */
  void complete(HostLink link, Branch branch) throws HypervisorException;

  /** Brings the suspect back, in the run state that it had, and closes the branch. */
  void undo(HostLink link, Branch branch) throws HypervisorException;
}
