// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.appraisal.PageRun;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.KeptSnapshot;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.SnapshotCheck;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StoreCheck;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.tee.Capture;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** What a connection can do with the store of snapshots; none of it needs libvirt. */
final class StoreOperations {
  private final HostServices services;
  private final SnapshotStore store;

  StoreOperations(HostServices services) {
    this.services = services;
    this.store = services.store();
  }

  List<KeptSnapshot> kept(UUID vm) throws HypervisorException {
    try {
      List<KeptSnapshot> result = new ArrayList<>();
      for (StoredSnapshot snapshot : store.list(vm)) {
        kept(snapshot).ifPresent(result::add);
      }
      return result;
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  /** Empty if it has been dropped meanwhile. What cannot be read is left out of the answer. */
  private static Optional<KeptSnapshot> kept(StoredSnapshot snapshot) {
    try {
      return Optional.of(
          new KeptSnapshot(
              snapshot.digest(), snapshot.keptAt(), report(snapshot), disks(snapshot)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<byte[]> report(StoredSnapshot snapshot) {
    try {
      return Optional.of(snapshot.report());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<String> disks(StoredSnapshot snapshot) {
    try {
      return snapshot.disks().stream().map(FrozenDisk::target).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  List<String> touchedDisks(UUID vm, Digest digest) throws HypervisorException {
    try {
      List<String> touched = new ArrayList<>();
      for (FrozenDisk disk : find(vm, digest).disks()) {
        if (!disk.isUntouched()) {
          touched.add(disk.target());
        }
      }
      return touched;
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  long bytes(UUID vm) throws HypervisorException {
    try {
      return store.bytes(vm);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  List<UUID> owners() throws HypervisorException {
    try {
      return store.machines();
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  SnapshotCheck check(UUID vm, boolean repair, ProgressListener progress)
      throws HypervisorException {
    try (VmLocks.Held held = services.locks().acquire(vm)) {
      services.rollbacks().checkFree(vm);
      if (!store.machines().contains(vm)) {
        return new SnapshotCheck(List.of(), 0, 0, 0, Optional.empty());
      }
      StoreCheck found = store.check(vm, steps(store.list(vm).size(), progress));
      int unfinished = store.unfinished(vm);
      SnapshotCheck result =
          new SnapshotCheck(checked(found), found.unneededBytes(), unfinished, 0, Optional.empty());
      return repair ? repaired(vm, result) : result;
    } catch (TeeException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  private static Consumer<Digest> steps(int all, ProgressListener progress) {
    int[] begun = {0};
    return digest ->
        progress.progress("snapshot " + digest.hex(), (double) begun[0]++ / Math.max(1, all));
  }

  private static List<SnapshotCheck.Checked> checked(StoreCheck found) {
    return found.snapshots().stream()
        .map(c -> new SnapshotCheck.Checked(c.snapshot(), c.report(), damage(c)))
        .toList();
  }

  private static Optional<String> damage(StoreCheck.Checked checked) {
    return checked
        .damage()
        .map(
            why ->
                checked
                    .badPages()
                    .map(run -> "%s: %s+0x%x".formatted(why, run.block(), run.offset()))
                    .orElse(why));
  }

  /** What cannot be removed stays, and that is said: what was found is true all the same. */
  private SnapshotCheck repaired(UUID vm, SnapshotCheck found) throws HypervisorException {
    long reclaimed = 0;
    Optional<String> notRepaired = Optional.empty();
    try {
      store.removeUnfinished(vm);
      reclaimed = store.collect(vm);
    } catch (TeeException e) {
      notRepaired = Optional.of(e.detail());
    } catch (IOException e) {
      notRepaired = Optional.of(String.valueOf(e.getMessage()));
    }
    return new SnapshotCheck(
        found.snapshots(), found.unneededBytes(), found.unfinished(), reclaimed, notRepaired);
  }

  /** Needs no lock: what is compared are the digests of pages, which lie beside the snapshots. */
  PageDifferences compare(UUID vm, Digest snapshot, Digest other, int limit)
      throws HypervisorException {
    try (Capture first = find(vm, snapshot).open();
        Capture second = find(vm, other).open()) {
      io.vmattest.tee.PageDifferences found = first.differences(second, limit);
      return new PageDifferences(
          found.runs().stream().map(r -> new PageRun(r.block(), r.offset(), r.pages())).toList(),
          found.totalPages());
    } catch (TeeException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  /** Needs no lock either; a snapshot that is dropped meanwhile is one that cannot be read. */
  GuestCore core(UUID vm, Digest snapshot) throws HypervisorException {
    return services.cores().of(find(vm, snapshot));
  }

  private StoredSnapshot find(UUID vm, Digest digest) throws HypervisorException {
    return store
        .find(vm, digest)
        .orElseThrow(
            () ->
                new HypervisorException(
                    Reason.NO_SUCH_SNAPSHOT, "VM " + vm + " has no snapshot " + digest));
  }
}
