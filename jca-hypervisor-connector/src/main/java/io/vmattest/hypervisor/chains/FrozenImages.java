// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** What a VM's snapshots say of the images that they froze. */
final class FrozenImages {
  private final SnapshotStore store;
  private final UUID vm;

  FrozenImages(SnapshotStore store, UUID vm) {
    this.store = store;
    this.vm = vm;
  }

  /**
   * Whether an image may be changed in a way that no guest sees: where it is frozen, it must be as
   * it was, or a change that somebody made would be hidden; and by this VM's snapshots alone, whose
   * lock the caller holds.
   */
  boolean mayBeRewritten(Path image) throws IOException {
    for (UUID machine : store.machines()) {
      for (StoredSnapshot snapshot : store.list(machine)) {
        for (FrozenDisk disk : snapshot.disks()) {
          if (isIn(disk, image) && !(machine.equals(vm) && disk.isUntouched())) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** Says of what is frozen in an image that it is in another one, which may be the same. */
  void move(Path from, Path to) throws IOException {
    for (StoredSnapshot snapshot : store.list(vm)) {
      List<FrozenDisk> disks = new ArrayList<>();
      for (FrozenDisk disk : snapshot.disks()) {
        disks.add(isIn(disk, from) ? disk.in(to) : disk);
      }
      if (!disks.equals(snapshot.disks())) {
        snapshot.replaceDisks(disks);
      }
    }
  }

  private static boolean isIn(FrozenDisk disk, Path image) {
    return disk.image().normalize().equals(image);
  }
}
