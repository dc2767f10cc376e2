// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.capture.Afterwards;
import io.vmattest.hypervisor.capture.Comparison;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.chains.OverlaySweep;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.DiskSources.Disk;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Finishes branches, one way or the other. Each can be repeated after it was broken off. */
final class BranchEnd {
  private static final Logger LOG = System.getLogger(BranchEnd.class.getName());

  private final SnapshotStore store;
  private final MirroredJournal journal;
  private final GuestRestorer restorer;
  private final RestoredState restoredState;

  BranchEnd(
      SnapshotStore store,
      MirroredJournal journal,
      GuestRestorer restorer,
      RestoredState restoredState) {
    this.store = store;
    this.journal = journal;
    this.restorer = restorer;
    this.restoredState = restoredState;
  }

  /** A way to an end. */
  @FunctionalInterface
  private interface Way {
    void go() throws HypervisorException, LibvirtFailure, IOException, MalformedDomainXmlException;
  }

  /** Lets the restored guest run, if the VM ran before. */
  void complete(HostLink link, Branch branch) throws HypervisorException {
    finish(
        link,
        branch,
        () -> {
          if (!isRestored(link, branch)) {
            LOG.log(
                Level.WARNING,
                "VM {0} is not the restored guest any more; it is restored again",
                branch.vm());
            restoreAgain(link, branch);
          }
        });
  }

  /** Brings the suspect back, in the run state that it had. */
  void undo(HostLink link, Branch branch) throws HypervisorException {
    finish(
        link,
        branch,
        () -> {
          if (branch.phase() != Branch.Phase.CAPTURING && branch.suspect().isPresent()) {
            destroyIfActive(link, branch);
            String xml = restorer.restore(link, find(branch, branch.suspect().get()));
            if (branch.definition().isPresent()) {
              journal.define(link, branch.vm(), withImagesOf(xml, branch.definition().get()));
            }
          }
        });
  }

  private void finish(HostLink link, Branch branch, Way way) throws HypervisorException {
    try {
      if (isUndefined(link, branch)) {
        LOG.log(
            Level.WARNING,
            "VM {0} was removed while its rollback was not over; the rollback is closed",
            branch.vm());
        journal.close(link, branch);
        return;
      }
      way.go();
      runIfItRan(link, branch);
      journal.close(link, branch);
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

  /** A transient domain is gone whenever its QEMU is, and comes back with the restored guest. */
  private static boolean isUndefined(HostLink link, Branch branch) throws LibvirtFailure {
    boolean stays = branch.definition().isPresent() || branch.phase() == Branch.Phase.CAPTURING;
    return stays && lookUp(link, branch).isEmpty();
  }

  /**
   * Whether the active guest is the one that was restored and compared. Another one may be there: a
   * host that was restarted starts guests afresh, on the attested disk.
   */
  private static boolean isRestored(HostLink link, Branch branch)
      throws LibvirtFailure, IOException {
    if (!isActive(link, branch)) {
      return false;
    }
    try (GuestDomain domain = link.domain(branch.vm())) {
      String now = ProcessIdentity.onThisHost().of(domain);
      return branch.process().filter(now::equals).isPresent();
    }
  }

  private void restoreAgain(HostLink link, Branch branch)
      throws HypervisorException, LibvirtFailure, IOException {
    AttestationReport attested =
        RestoredState.parse(Base64.getDecoder().decode(branch.report())).report();
    StoredSnapshot snapshot = find(branch, branch.attested());
    destroyIfActive(link, branch);
    String xml = restorer.restore(link, snapshot);
    try (GuestDomain domain = link.domain(branch.vm());
        Comparison comparison = new Comparison(snapshot)) {
      Afterwards afterwards = Afterwards.ofOneThatRan(branch.wasRunning());
      restoredState.measure(domain, request(branch, attested), afterwards, comparison, attested);
      if (branch.definition().isPresent()) {
        journal.define(link, branch.vm(), xml);
      }
      // Before it runs: what has run is not restored once more.
      journal.put(link, branch.restoredAgain(ProcessIdentity.onThisHost().of(domain)));
    }
  }

  /** Its report is for this comparison only: the ledger has the one that the rollback made. */
  private static CaptureRequest request(Branch branch, AttestationReport attested) {
    return new CaptureRequest(
        branch.vm(),
        "rollback",
        Optional.empty(),
        attested.sequence(),
        attested.previous(),
        false,
        Optional.empty());
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

  static boolean isActive(HostLink link, Branch branch) throws LibvirtFailure {
    Optional<RunState> state = lookUp(link, branch);
    return state.equals(Optional.of(RunState.RUNNING))
        || state.equals(Optional.of(RunState.SUSPENDED));
  }

  private static void destroyIfActive(HostLink link, Branch branch) throws LibvirtFailure {
    if (isActive(link, branch)) {
      try (GuestDomain domain = link.domain(branch.vm())) {
        QemuEnd.onThisHost().of(domain, branch.vm());
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

  /** Its state; empty if there is no such domain. */
  private static Optional<RunState> lookUp(HostLink link, Branch branch) throws LibvirtFailure {
    try (GuestDomain domain = link.domain(branch.vm())) {
      return Optional.of(domain.state());
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
