// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.config.MalformedDomainXmlException;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.UUID;

/**
 * Keeps the backing chains of a VM's disks as short as the snapshots allow. The caller holds the
 * VM's lock, and no rollback of the VM is open.
 */
public final class ChainUpkeep {
  private static final Logger LOG = System.getLogger(ChainUpkeep.class.getName());

  /** More than a chain can have layers. */
  private static final int MAX_MERGES = 256;

  private final HostLink link;
  private final SnapshotStore store;
  private final UnfinishedMerges unfinished;

  public ChainUpkeep(HostLink link, SnapshotStore store, StateFolder state) {
    this.link = link;
    this.store = store;
    this.unfinished = new UnfinishedMerges(link, store, state.merges());
  }

  /**
   * Finishes what a process or a libvirtd that died left of a merge.
   *
   * @throws HypervisorException with reason CAPTURE_IN_PROGRESS if the merge still goes on
   */
  public void settle(UUID vm) throws HypervisorException {
    unfinished.settle(vm);
  }

  /**
   * Merges what can be merged, and removes what nothing rests on then. Failures are logged: the
   * chain only stays longer.
   */
  public void shorten(UUID vm) {
    try {
      settle(vm);
      new OverlaySweep(link, store).sweep(vm);
      for (int i = 0; i < MAX_MERGES && mergeOne(vm); i++) {
        new OverlaySweep(link, store).sweep(vm);
      }
    } catch (HypervisorException
        | LibvirtFailure
        | IOException
        | MalformedDomainXmlException
        | RuntimeException e) {
      LOG.log(Level.WARNING, "the disks of VM " + vm + " keep images that are not needed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean mergeOne(UUID vm)
      throws HypervisorException,
          LibvirtFailure,
          IOException,
          MalformedDomainXmlException,
          InterruptedException {
    NeededImages needed = NeededImages.read(link, store);
    Set<String> open = OverlaySweep.openInQemu(link);
    Merger merger = new Merger(link, store, unfinished, vm);
    for (Merge merge : Merge.among(needed, OverlaySweep.overlaysOf(link, vm))) {
      if (merger.merge(merge, needed, open)) {
        return true;
      }
    }
    return false;
  }

  static HypervisorException busy(UUID vm) {
    return new HypervisorException(
        Reason.CAPTURE_IN_PROGRESS, "disk images of VM " + vm + " are being merged");
  }
}
