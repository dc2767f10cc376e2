// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.Background;
import io.vmattest.tee.PageStore;
import io.vmattest.tee.TeeException;
import java.util.UUID;
import java.util.concurrent.FutureTask;

/**
 * Reads both snapshots of a rollback whole: they may rest on the same pages, and were those
 * damaged, there would be no way back. The attested one is read while the suspect is captured,
 * which mostly waits for QEMU, disks and TPM; of the suspect's, what both have is not read again.
 */
final class SnapshotsCheck implements AutoCloseable {
  private final PageStore pages;
  private final FutureTask<Boolean> first;

  private SnapshotsCheck(PageStore pages, StoredSnapshot attested) {
    this.pages = pages;
    this.first =
        Uninterrupted.begin(
            "vmattest-snapshots-check",
            () -> {
              // The VM stands meanwhile, and waits for its capture first.
              Background.enter();
              check(attested);
            });
  }

  /** Begins with the attested one. The caller holds the VM's lock until this is closed. */
  static SnapshotsCheck begin(SnapshotStore store, UUID vm, StoredSnapshot attested)
      throws HypervisorException {
    try {
      return new SnapshotsCheck(store.openPages(vm), attested);
    } catch (TeeException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  /**
   * Ends with the suspect's.
   *
   * @throws HypervisorException with reason SNAPSHOT_DAMAGED if one of them is not as attested
   */
  void finish(StoredSnapshot suspect) throws HypervisorException {
    Uninterrupted.await(first);
    check(suspect);
  }

  private void check(StoredSnapshot snapshot) throws HypervisorException {
    try {
      snapshot.verify(pages);
    } catch (TeeException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  @Override
  public void close() {
    try {
      Uninterrupted.await(first);
    } catch (HypervisorException e) {
      // Who waited for it knows; for others another failure came first.
    } finally {
      pages.close();
    }
  }
}
