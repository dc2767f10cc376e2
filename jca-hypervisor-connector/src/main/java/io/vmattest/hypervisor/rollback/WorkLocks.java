// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.capture.VmLocks;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The locks of VMs, and which of them rollbacks have. */
final class WorkLocks {
  private final VmLocks locks;
  private final Set<UUID> atWork = ConcurrentHashMap.newKeySet();

  WorkLocks(VmLocks locks) {
    this.locks = locks;
  }

  /** See {@link VmLocks#acquire}. */
  VmLocks.Held acquire(UUID vm) throws HypervisorException {
    VmLocks.Held lock = locks.acquire(vm);
    atWork.add(vm);
    return () -> {
      atWork.remove(vm);
      lock.close();
    };
  }

  /** Whether this process works on the VM at the moment, in a rollback or otherwise. */
  boolean isHeld(UUID vm) {
    return locks.isHeld(vm);
  }

  Set<UUID> atWork() {
    return Set.copyOf(atWork);
  }
}
