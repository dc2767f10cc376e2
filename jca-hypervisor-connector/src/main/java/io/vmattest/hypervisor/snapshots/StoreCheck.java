// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.tee.PageRun;
import io.vmattest.tee.PageStore;
import io.vmattest.tee.TamperedSnapshotException;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a check of all snapshots of a VM found.
 *
 * @param unneededBytes of files in the store that no snapshot needs; 0 if that cannot be told
 */
public record StoreCheck(UUID vm, List<Checked> snapshots, long unneededBytes) {
  public StoreCheck {
    snapshots = List.copyOf(snapshots);
  }

  /**
   * One snapshot.
   *
   * @param damage why it cannot be restored; empty if it can
   * @param badPages the first page that is not the attested one, if it is a page
   */
  public record Checked(Digest snapshot, Optional<String> damage, Optional<PageRun> badPages) {}

  static Checked check(PageStore pages, StoredSnapshot snapshot) {
    try {
      snapshot.verify(pages);
      for (FrozenDisk disk : snapshot.disks()) {
        if (!disk.isUntouched()) {
          return damaged(snapshot, "the image of disk " + disk.target() + " was changed");
        }
      }
      return new Checked(snapshot.digest(), Optional.empty(), Optional.empty());
    } catch (TamperedSnapshotException e) {
      return new Checked(snapshot.digest(), Optional.of(e.detail()), e.badPages());
    } catch (TeeException e) {
      return damaged(snapshot, e.detail());
    } catch (IOException e) {
      return damaged(snapshot, String.valueOf(e.getMessage()));
    }
  }

  private static Checked damaged(StoredSnapshot snapshot, String why) {
    return new Checked(snapshot.digest(), Optional.of(why), Optional.empty());
  }
}
