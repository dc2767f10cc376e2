// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineEvent.Type;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which VMs are active, as endpoints have been told. What libvirt tells besides is no news to them;
 * what it could not tell, while there was no connection, is found by comparing. Thread-safe.
 */
final class KnownVms {
  /**
   * A VM as libvirt lists it.
   *
   * @param number another one each time that it starts; -1 if it is not active
   */
  record Vm(UUID id, String name, int number) {
    boolean isActive() {
      return number != INACTIVE;
    }
  }

  private static final int INACTIVE = -1;

  /** Active, with a number that has not been listed yet. */
  private static final int NEW = 0;

  private final Clock clock;
  private final Map<UUID, Vm> known = new HashMap<>();

  /** VMs of which something was kept back. */
  private final Set<UUID> unsure = new HashSet<>();

  /** VMs that the last list showed otherwise than they are known, and how. */
  private final Map<UUID, Boolean> differing = new HashMap<>();

  private boolean listed;

  KnownVms(Clock clock) {
    this.clock = clock;
  }

  /** Whether there was a first list, so that later ones can be compared with it. */
  synchronized boolean isListed() {
    return listed;
  }

  /** The first list: whatever is active was so before, for all that is known. */
  synchronized void start(List<Vm> vms) {
    vms.forEach(vm -> known.put(vm.id(), vm));
    listed = true;
  }

  /**
   * Takes an event of libvirt.
   *
   * @param atWork whether the VM is being replaced just now
   * @return whether it is to be told
   */
  synchronized boolean isNews(VirtualMachineEvent event, boolean atWork) {
    boolean removed = event.type() == Type.UNDEFINED;
    if (atWork && !removed && event.type() != Type.CRASHED) {
      unsure.add(event.vm());
      return false;
    }
    return switch (event.type()) {
      case STARTED -> become(event, NEW);
      case STOPPED -> become(event, INACTIVE);
      case CRASHED -> {
        become(event, INACTIVE);
        yield true;
      }
      case MIGRATED -> {
        // Away or here: the next list shows it.
        known.remove(event.vm());
        unsure.add(event.vm());
        yield true;
      }
      default -> true;
    };
  }

  private boolean become(VirtualMachineEvent event, int number) {
    Vm now = new Vm(event.vm(), event.name(), number);
    Vm before = known.put(event.vm(), now);
    if (before != null && before.isActive() && now.isActive()) {
      known.put(event.vm(), before);
    }
    return before == null || before.isActive() != now.isActive();
  }

  /**
   * Compares a list with what is known, after a time without events.
   *
   * @param atWork VMs that are being replaced, of which nothing is said
   * @return what was missed
   */
  synchronized List<VirtualMachineEvent> missed(List<Vm> vms, Set<UUID> atWork) {
    List<VirtualMachineEvent> news = new ArrayList<>();
    Map<UUID, Vm> now = byId(vms);
    for (UUID id : allOf(now)) {
      if (atWork.contains(id)) {
        unsure.add(id);
      } else if (!unsure.contains(id)) {
        news.addAll(difference(known.get(id), now.get(id), true));
        learn(id, now.get(id));
      }
    }
    news.addAll(settle(now, atWork));
    return news;
  }

  /**
   * Learns the numbers of a list, while events come. A difference is first left to its event; if
   * the next list shows it still, there is none: libvirtd tells nothing of a guest that it does not
   * find again when it starts.
   *
   * @return that, and what was kept back about VMs that are not being replaced any more
   */
  synchronized List<VirtualMachineEvent> refresh(List<Vm> vms, Set<UUID> atWork) {
    Map<UUID, Vm> now = byId(vms);
    Map<UUID, Boolean> before = Map.copyOf(differing);
    differing.clear();
    List<VirtualMachineEvent> news = new ArrayList<>();
    for (UUID id : allOf(now)) {
      boolean active = isActive(now.get(id));
      if (atWork.contains(id) || unsure.contains(id)) {
        continue;
      }
      if (active == isActive(known.get(id))) {
        learn(id, now.get(id));
      } else if (Boolean.valueOf(active).equals(before.get(id))) {
        news.addAll(difference(known.get(id), now.get(id), false));
        learn(id, now.get(id));
      } else {
        differing.put(id, active);
      }
    }
    news.addAll(settle(now, atWork));
    return news;
  }

  private static boolean isActive(@Nullable Vm vm) {
    return vm != null && vm.isActive();
  }

  private Set<UUID> allOf(Map<UUID, Vm> now) {
    Set<UUID> all = new HashSet<>(known.keySet());
    all.addAll(now.keySet());
    return all;
  }

  private List<VirtualMachineEvent> settle(Map<UUID, Vm> now, Set<UUID> atWork) {
    List<VirtualMachineEvent> news = new ArrayList<>();
    for (UUID id : Set.copyOf(unsure)) {
      if (!atWork.contains(id)) {
        unsure.remove(id);
        if (known.containsKey(id)) {
          news.addAll(difference(known.get(id), now.get(id), false));
        }
        learn(id, now.get(id));
      }
    }
    return news;
  }

  private void learn(UUID id, @Nullable Vm vm) {
    if (vm == null) {
      known.remove(id);
    } else {
      known.put(id, vm);
    }
  }

  /**
   * @param byNumber whether another number means that it was started anew
   */
  private List<VirtualMachineEvent> difference(
      @Nullable Vm before, @Nullable Vm now, boolean byNumber) {
    Optional<Vm> was = Optional.ofNullable(before).filter(Vm::isActive);
    Optional<Vm> is = Optional.ofNullable(now).filter(Vm::isActive);
    boolean same =
        was.isPresent()
            && is.isPresent()
            && (!byNumber || was.get().number() == NEW || was.get().number() == is.get().number());
    if (same) {
      return List.of();
    }
    List<VirtualMachineEvent> result = new ArrayList<>();
    was.ifPresent(vm -> result.add(event(vm, Type.STOPPED)));
    is.ifPresent(vm -> result.add(event(vm, Type.STARTED)));
    return result;
  }

  private VirtualMachineEvent event(Vm vm, Type type) {
    return new VirtualMachineEvent(vm.id(), vm.name(), type, clock.instant());
  }

  private static Map<UUID, Vm> byId(List<Vm> vms) {
    Map<UUID, Vm> result = new HashMap<>();
    vms.forEach(vm -> result.put(vm.id(), vm));
    return result;
  }
}
