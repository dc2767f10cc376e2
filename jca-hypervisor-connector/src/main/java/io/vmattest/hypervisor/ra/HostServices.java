// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.capture.Attestor;
import io.vmattest.hypervisor.capture.SigningKeyHolder;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.rollback.Rollbacks;
import io.vmattest.hypervisor.snapshots.PageStores;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.tee.PageStore;
import java.io.IOException;
import java.nio.file.Path;

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
    SigningKeyHolder key,
    VmLocks locks,
    Attestor attestor,
    Rollbacks rollbacks)
    implements AutoCloseable {

  /** A chain of so many images is still read without delay. */
  public static final int DISK_LAYERS = 32;

  /** With the usual limits. */
  public static HostServices open(
      String uri, String hostId, Path stateFolder, String tcti, boolean encryptSnapshots)
      throws IOException {
    return open(uri, hostId, stateFolder, tcti, encryptSnapshots, DISK_LAYERS);
  }

  /**
   * @param tcti how the TPM is reached
   * @param encryptSnapshots whether their pages are encrypted from now on
   * @param maxDiskLayers that the chain of a disk may have
   * @throws IOException if the state folder cannot be used
   */
  public static HostServices open(
      String uri,
      String hostId,
      Path stateFolder,
      String tcti,
      boolean encryptSnapshots,
      int maxDiskLayers)
      throws IOException {
    StateFolder state = StateFolder.at(stateFolder);
    SigningKeyHolder key = new SigningKeyHolder(tcti, state.keys());
    PageStores stores =
        new PageStores(encryptSnapshots, pages -> key.ask(k -> PageStore.open(pages, k)));
    SnapshotStore store = SnapshotStore.open(state, stores);
    VmLocks locks = new VmLocks(state.locks());
    Attestor attestor = new Attestor(hostId, state, store, key, maxDiskLayers);
    Rollbacks rollbacks = new Rollbacks(state, store, attestor, locks);
    return new HostServices(uri, hostId, state, store, key, locks, attestor, rollbacks);
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
