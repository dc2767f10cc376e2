// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.MonotonicCounter;
import io.vmattest.hypervisor.capture.Attestor;
import io.vmattest.hypervisor.capture.SigningKeyHolder;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.clones.DebugClones;
import io.vmattest.hypervisor.cores.SnapshotCores;
import io.vmattest.hypervisor.guest.KernelReferences;
import io.vmattest.hypervisor.rollback.Rollbacks;
import io.vmattest.hypervisor.snapshots.PageStores;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.tee.PageStore;
import java.io.IOException;

/**
 * What all connections to a host share.
 *
 * @param uri of libvirt
 */
public record HostServices(
    String uri,
    String hostId,
    StateFolder state,
    SnapshotStore store,
    SnapshotCores cores,
    SigningKeyHolder key,
    MonotonicCounter counter,
    VmLocks locks,
    KernelReferences kernels,
    Attestor attestor,
    Rollbacks rollbacks,
    DebugClones clones)
    implements AutoCloseable {

  /**
   * @throws IOException if the state folder cannot be used
   */
  public static HostServices open(HostSettings settings) throws IOException {
    StateFolder state = StateFolder.at(settings.stateFolder());
    SigningKeyHolder key = new SigningKeyHolder(settings.tcti(), state.keys());
    MonotonicCounter counter = new TpmCounter(key, settings.counterSlot());
    PageStores stores =
        new PageStores(
            settings.encryptSnapshots(), pages -> key.ask(k -> PageStore.open(pages, k)));
    SnapshotStore store = SnapshotStore.open(state, stores);
    VmLocks locks = new VmLocks(state.locks());
    KernelReferences kernels = new KernelReferences(state.kernels());
    Attestor attestor =
        new Attestor(settings.hostId(), state, store, key, kernels, settings.capture());
    Rollbacks rollbacks = new Rollbacks(state, store, attestor, locks);
    return new HostServices(
        settings.uri(),
        settings.hostId(),
        state,
        store,
        new SnapshotCores(state.cores()),
        key,
        counter,
        locks,
        kernels,
        attestor,
        rollbacks,
        new DebugClones(state, store, locks, rollbacks));
  }

  /**
   * Captures and rollbacks that go on keep the locks of their VMs to their own end: who comes after
   * must not take a VM that is half replaced.
   */
  @Override
  public void close() {
    rollbacks.close();
    key.close();
  }
}
