// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.OverlaySweep;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.DiskSources.Disk;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Finishes branches, one way or the other. Each can be repeated after it was broken off. */
final class BranchEnd {
  private final SnapshotStore store;
  private final BranchJournal journal;
  private final GuestRestorer restorer;

  BranchEnd(SnapshotStore store, BranchJournal journal, GuestRestorer restorer) {
    this.store = store;
    this.journal = journal;
    this.restorer = restorer;
  }

  /** Lets the restored guest run, if the VM ran before. */
  void complete(HostLink link, Branch branch) throws HypervisorException {
    try {
      if (!isActive(link, branch)) {
        // The host was restarted while the branch was prepared.
        String xml = restorer.restore(link, find(branch, branch.attested()));
        if (branch.definition().isPresent()) {
          link.define(xml);
        }
      }
      runIfItRan(link, branch);
      journal.remove(branch.id());
      // What the other outcome would have needed.
      new OverlaySweep(link, store).sweep(branch.vm());
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  /** Brings the suspect back, in the run state that it had. */
  void undo(HostLink link, Branch branch) throws HypervisorException {
    try {
      if (branch.phase() != Branch.Phase.CAPTURING && branch.suspect().isPresent()) {
        destroyIfActive(link, branch);
        String xml = restorer.restore(link, find(branch, branch.suspect().get()));
        if (branch.definition().isPresent()) {
          link.define(withImagesOf(xml, branch.definition().get()));
        }
      }
      runIfItRan(link, branch);
      journal.remove(branch.id());
      // What the other outcome would have needed.
      new OverlaySweep(link, store).sweep(branch.vm());
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    } catch (MalformedDomainXmlException e) {
      throw Failures.of(e);
    }
  }

  /** The former definition with the disks that the restored guest has now. */
  private static String withImagesOf(String restoredXml, String definition)
      throws MalformedDomainXmlException {
    Map<String, String> images = new LinkedHashMap<>();
    for (Disk disk : DiskSources.list(restoredXml)) {
      if (disk.writable()) {
        images.put(disk.target(), disk.path());
      }
    }
    images.keySet().retainAll(DiskSources.list(definition).stream().map(Disk::target).toList());
    return DiskSources.withImages(definition, images);
  }

  private static boolean isActive(HostLink link, Branch branch) throws LibvirtFailure {
    Optional<GuestDomain> found = lookUp(link, branch);
    if (found.isEmpty()) {
      return false;
    }
    try (GuestDomain domain = found.get()) {
      RunState state = domain.state();
      return state == RunState.RUNNING || state == RunState.SUSPENDED;
    }
  }

  private static void destroyIfActive(HostLink link, Branch branch) throws LibvirtFailure {
    if (isActive(link, branch)) {
      try (GuestDomain domain = link.domain(branch.vm())) {
        domain.destroy();
      }
    }
  }

  private static void runIfItRan(HostLink link, Branch branch) throws LibvirtFailure {
    if (!branch.wasRunning()) {
      return;
    }
    try (GuestDomain domain = link.domain(branch.vm())) {
      if (domain.state() == RunState.SUSPENDED) {
        domain.resume();
      }
    }
  }

  private static Optional<GuestDomain> lookUp(HostLink link, Branch branch) throws LibvirtFailure {
    try {
      return Optional.of(link.domain(branch.vm()));
    } catch (LibvirtFailure e) {
      if (e.isNoDomain()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private StoredSnapshot find(Branch branch, Digest digest) throws HypervisorException {
    return store
        .find(branch.vm(), digest)
        .orElseThrow(
            () ->
                new HypervisorException(
                    Reason.NO_SUCH_SNAPSHOT,
                    "VM " + branch.vm() + " has lost its snapshot " + digest));
  }
}
