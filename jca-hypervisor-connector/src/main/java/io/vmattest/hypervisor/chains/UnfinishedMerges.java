// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.blocks.DefinitionCheck;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.OngoingWork;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.DurableFiles;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * The merges that were begun, one of a VM at most. Until one is settled, the snapshots may say of
 * an image that it was touched although it was us; so nothing is captured or restored before.
 */
final class UnfinishedMerges {
  private static final Logger LOG = System.getLogger(UnfinishedMerges.class.getName());
  private static final String QCOW2 = "qcow2";

  private final HostLink link;
  private final SnapshotStore store;
  private final Path folder;

  UnfinishedMerges(HostLink link, SnapshotStore store, Path folder) {
    this.link = link;
    this.store = store;
    this.folder = folder;
  }

  /** Durable on return. */
  void put(UUID vm, PendingMerge merge) throws IOException {
    merge.write(file(vm));
  }

  /**
   * Has the snapshots say how the images are, whether the merge was done or not.
   *
   * @throws HypervisorException with reason CAPTURE_IN_PROGRESS if it still goes on
   */
  void settle(UUID vm) throws HypervisorException {
    Path file = file(vm);
    if (!Files.exists(file)) {
      return;
    }
    try {
      settle(vm, PendingMerge.read(file));
      Files.delete(file);
      DurableFiles.sync(folder);
    } catch (PendingMerge.DamagedException e) {
      setAside(file, e);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    }
  }

  private void settle(UUID vm, PendingMerge merge)
      throws HypervisorException, LibvirtFailure, IOException, InterruptedException {
    if (!Files.exists(merge.rewritten())) {
      return;
    }
    if (isGoingOn(vm, merge)) {
      throw ChainUpkeep.busy(vm);
    }
    FrozenImages frozen = new FrozenImages(store, vm);
    frozen.move(merge.rewritten(), merge.rewritten());
    if (merge.movesSource() && isDone(merge)) {
      DurableFiles.force(merge.destination());
      frozen.move(merge.source(), merge.destination());
      checkDefinition(vm);
    }
  }

  /**
   * A libvirtd that died does not learn of a merge that its QEMU did without it: the definition
   * would have the guest's next start rest on the image that was merged away.
   */
  private void checkDefinition(UUID vm)
      throws HypervisorException, LibvirtFailure, IOException, InterruptedException {
    try (GuestDomain domain = link.domain(vm)) {
      DefinitionCheck.ensure(link, domain);
    } catch (LibvirtFailure e) {
      if (!e.isNoDomain()) {
        throw e;
      }
    }
  }

  /** Its job in QEMU, or the qemu-img of a process that died. */
  private boolean isGoingOn(UUID vm, PendingMerge merge)
      throws LibvirtFailure, IOException, InterruptedException {
    try (GuestDomain domain = link.domain(vm)) {
      if (merge.movesSource() && domain.runId() >= 0) {
        return OngoingWork.hasDiskJob(new Qmp(domain));
      }
    } catch (LibvirtFailure e) {
      if (!e.isNoDomain()) {
        throw e;
      }
    }
    return !merge.movesSource() && !BackingChain.isUnwritten(merge.rewritten(), QCOW2);
  }

  /** What rested on the source rests on the destination as soon as that holds everything. */
  private static boolean isDone(PendingMerge merge) throws IOException, InterruptedException {
    List<Path> chain = BackingChain.imagesOf(merge.rewritten(), QCOW2);
    return chain.contains(merge.destination()) && !chain.contains(merge.source());
  }

  private static void setAside(Path file, PendingMerge.DamagedException why)
      throws HypervisorException {
    try {
      Path aside = file.resolveSibling(file.getFileName() + ".damaged");
      DurableFiles.move(file, aside);
      LOG.log(Level.ERROR, "the record of a merge of disk images cannot be read: " + aside, why);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  private Path file(UUID vm) {
    return folder.resolve(vm + ".json");
  }
}
