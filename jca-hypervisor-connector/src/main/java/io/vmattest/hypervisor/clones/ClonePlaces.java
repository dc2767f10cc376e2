// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The clones of this process: being made, ready, or being ended. Thread-safe. */
final class ClonePlaces {
  /** Events of clones that ended come late, but not after so many others. */
  private static final int REMEMBERED = 1000;

  /**
   * A clone's place.
   *
   * @param started empty while it is being made, and once it is being ended
   * @param ending whether nothing else is to become of it
   */
  private record Place(UUID vm, Digest snapshot, Optional<DebugClone> started, boolean ending) {}

  private final int most;
  private final Map<UUID, Place> places = new LinkedHashMap<>();
  private final Set<UUID> past =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<UUID, Boolean> eldest) {
              return size() > REMEMBERED;
            }
          });
  private boolean closed;

  ClonePlaces(int most) {
    this.most = most;
  }

  /**
   * @throws HypervisorException with reason SNAPSHOT_IN_USE if the snapshot has one, HOST_BUSY if
   *     there are too many
   */
  synchronized void take(UUID id, UUID vm, Digest snapshot) throws HypervisorException {
    checkUnused(vm, snapshot);
    if (closed || places.size() >= most) {
      throw new HypervisorException(
          Reason.HOST_BUSY, "there are %d debug clones already".formatted(places.size()));
    }
    places.put(id, new Place(vm, snapshot, Optional.empty(), false));
  }

  synchronized void checkUnused(UUID vm, Digest snapshot) throws HypervisorException {
    for (Place place : places.values()) {
      if (place.vm().equals(vm) && place.snapshot().equals(snapshot)) {
        throw new HypervisorException(
            Reason.SNAPSHOT_IN_USE, "a debug clone stands on snapshot " + snapshot);
      }
    }
  }

  /** False if it is not wanted any more. */
  synchronized boolean ready(DebugClone clone) {
    places.put(clone.id(), new Place(clone.vm(), clone.snapshot(), Optional.of(clone), closed));
    return !closed;
  }

  synchronized List<DebugClone> ready() {
    return places.values().stream().flatMap(place -> place.started().stream()).toList();
  }

  /** Whether it is being made. */
  synchronized boolean isBeingMade(UUID id) {
    Place place = places.get(id);
    return place != null && place.started().isEmpty() && !place.ending();
  }

  /** Whether it is ready, and its time is not over. */
  synchronized boolean isWanted(UUID id, Instant now) {
    Place place = places.get(id);
    return place != null
        && place.started().filter(clone -> now.isBefore(clone.until())).isPresent();
  }

  /** From now on its domain may be gone. */
  synchronized void ending(UUID id) {
    past.add(id);
    places.computeIfPresent(
        id, (same, place) -> new Place(place.vm(), place.snapshot(), Optional.empty(), true));
  }

  synchronized void ended(UUID id) {
    places.remove(id);
  }

  synchronized boolean knows(UUID id) {
    return places.containsKey(id) || past.contains(id);
  }

  /**
   * No more can be made.
   *
   * @return those that are ready
   */
  synchronized List<UUID> close() {
    closed = true;
    return ready().stream().map(DebugClone::id).toList();
  }
}
