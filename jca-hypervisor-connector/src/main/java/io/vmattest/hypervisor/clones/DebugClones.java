// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.chains.ChainUpkeep;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.rollback.GuestRestorer;
import io.vmattest.hypervisor.rollback.Rollbacks;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The debug clones of a host. They live no longer than the process that made them. */
public final class DebugClones {
  /** A clone takes as much of the host's memory as its original. */
  static final int MOST_AT_ONCE = 2;

  private final StateFolder state;
  private final SnapshotStore store;
  private final VmLocks locks;
  private final Rollbacks rollbacks;
  private final Clock clock;
  private final ClonePlaces places = new ClonePlaces(MOST_AT_ONCE);
  private final CloneEnd end;

  public DebugClones(StateFolder state, SnapshotStore store, VmLocks locks, Rollbacks rollbacks) {
    this(state, store, locks, rollbacks, Clock.systemUTC());
  }

  DebugClones(
      StateFolder state, SnapshotStore store, VmLocks locks, Rollbacks rollbacks, Clock clock) {
    this.state = state;
    this.store = store;
    this.locks = locks;
    this.rollbacks = rollbacks;
    this.clock = clock;
    this.end = new CloneEnd(store.clones(), places);
  }

  /**
   * Makes a paused guest of a snapshot, with a stub for gdb. The original's lock is held only while
   * the clone's files are laid over its frozen images.
   *
   * @param life how long it lives if nobody ends it before
   * @throws HypervisorException with reason NO_SUCH_SNAPSHOT, SNAPSHOT_IN_USE if it has a clone,
   *     HOST_BUSY if there are too many, CLONE_NOT_ISOLABLE, CAPTURE_IN_PROGRESS, SNAPSHOT_DAMAGED,
   *     HOST_MEMORY_LOW, STORAGE_FULL, RESTORE_FAILED
   */
  public DebugClone start(HostLink link, UUID vm, Digest snapshot, Duration life)
      throws HypervisorException {
    UUID id = UUID.randomUUID();
    places.take(id, vm, snapshot);
    boolean ready = false;
    try {
      DebugClone clone = build(link, id, vm, snapshot, life);
      ready = places.ready(clone);
      if (!ready) {
        throw new HypervisorException(Reason.HOST_BUSY, "the server is about to stop");
      }
      return clone;
    } finally {
      if (!ready) {
        end.attempt(link, id);
      }
    }
  }

  private DebugClone build(HostLink link, UUID id, UUID vm, Digest snapshot, Duration life)
      throws HypervisorException {
    CloneBuilder builder = new CloneBuilder(link, store.clones(), new GuestRestorer(state));
    StoredSnapshot stored;
    CloneBuilder.Plan plan;
    try (VmLocks.Held held = locks.acquire(vm)) {
      rollbacks.checkFree(vm);
      new ChainUpkeep(link, store, state).settle(vm);
      stored =
          store
              .find(vm, snapshot)
              .orElseThrow(
                  () ->
                      new HypervisorException(
                          Reason.NO_SUCH_SNAPSHOT, "VM " + vm + " has no snapshot " + snapshot));
      plan = builder.lay(id, vm, stored);
    }
    String gdb = builder.start(id, stored, plan);
    Instant until = clock.instant().plus(life);
    return new DebugClone(id, plan.name(), vm, snapshot, gdb, until);
  }

  /** Those of a VM that can be debugged. */
  public List<DebugClone> list(UUID vm) {
    return places.ready().stream().filter(clone -> clone.vm().equals(vm)).toList();
  }

  /**
   * Ends a clone, and removes all that it had.
   *
   * @throws HypervisorException with reason NO_SUCH_CLONE
   */
  public void stop(HostLink link, UUID vm, UUID id) throws HypervisorException {
    if (list(vm).stream().noneMatch(clone -> clone.id().equals(id))) {
      throw new HypervisorException(
          Reason.NO_SUCH_CLONE, "VM %s has no debug clone %s".formatted(vm, id));
    }
    end.now(link, id);
  }

  /**
   * Whether a domain is a clone, or was one: not a VM to attest, and nothing that happens to it is
   * an event of one.
   */
  public boolean isClone(UUID domain) {
    return places.knows(domain) || store.clones().exists(domain);
  }

  /**
   * Whether a snapshot may go.
   *
   * @throws HypervisorException with reason SNAPSHOT_IN_USE if a clone stands on it
   */
  public void checkUnused(UUID vm, Digest snapshot) throws HypervisorException {
    places.checkUnused(vm, snapshot);
  }

  /**
   * Ends clones whose time is over, that have ended by themselves, or whose server is gone.
   *
   * @throws HypervisorException if one could not be, the last one's; to be tried again
   */
  public void sweep(HostLink link) throws HypervisorException {
    try {
      end.sweep(link, clock.instant());
    } catch (IOException e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    }
  }

  /** Ends all clones, as they end with their server; no other can be made. */
  public void close(HostLink link) {
    places.close().forEach(id -> end.attempt(link, id));
  }
}
