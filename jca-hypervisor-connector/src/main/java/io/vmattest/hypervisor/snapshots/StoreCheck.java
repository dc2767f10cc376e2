// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
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
   * @param report digest of the report beside it; empty if that does not attest it
   * @param damage why it cannot be restored; empty if it can
   * @param badPages the first page that is not the attested one, if it is a page
   */
  public record Checked(
      Digest snapshot,
      Optional<Digest> report,
      Optional<String> damage,
      Optional<PageRun> badPages) {}

  static Checked check(PageStore pages, StoredSnapshot snapshot, UUID vm) {
    Optional<Digest> report = Optional.empty();
    try {
      report = Optional.of(attesting(snapshot, vm));
      snapshot.verify(pages);
      for (FrozenDisk disk : snapshot.disks()) {
        if (!disk.isUntouched()) {
          return damaged(snapshot, report, "the image of disk " + disk.target() + " was changed");
        }
      }
      return new Checked(snapshot.digest(), report, Optional.empty(), Optional.empty());
    } catch (TamperedSnapshotException e) {
      return new Checked(snapshot.digest(), report, Optional.of(e.detail()), e.badPages());
    } catch (TeeException e) {
      return damaged(snapshot, report, e.detail());
    } catch (IOException e) {
      return damaged(snapshot, report, String.valueOf(e.getMessage()));
    }
  }

  /** The digest of the report beside it, which must be about this VM and this snapshot. */
  private static Digest attesting(StoredSnapshot snapshot, UUID vm) throws IOException {
    try {
      SignedReport signed = SignedReport.parse(snapshot.report());
      if (!signed.report().snapshot().equals(snapshot.digest())
          || !signed.report().vmId().equals(vm)) {
        throw new IOException("the report beside it attests another snapshot");
      }
      return signed.digest();
    } catch (MalformedReportException e) {
      throw new IOException("the report beside it is malformed: " + e.getMessage(), e);
    }
  }

  private static Checked damaged(StoredSnapshot snapshot, Optional<Digest> report, String why) {
    return new Checked(snapshot.digest(), report, Optional.of(why), Optional.empty());
  }
}
