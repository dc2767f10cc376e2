// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.clones.DebugClones;
import io.vmattest.hypervisor.libvirt.HostLink;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** What a connection can do with debug clones. */
public final class CloneOperations {
  private final DebugClones clones;
  private final HostLink link;

  CloneOperations(DebugClones clones, HostLink link) {
    this.clones = clones;
    this.link = link;
  }

  public DebugClone start(UUID vm, Digest snapshot, Duration life) throws HypervisorException {
    return clones.start(link, vm, snapshot, life);
  }

  List<DebugClone> list(UUID vm) {
    return clones.list(vm);
  }

  public void stop(UUID vm, UUID clone) throws HypervisorException {
    clones.stop(link, vm, clone);
  }

  /**
   * Whether a domain is a VM like any other.
   *
   * @throws HypervisorException with reason NO_SUCH_VM if it is a clone
   */
  static void checkNoClone(DebugClones clones, UUID domain) throws HypervisorException {
    if (clones.isClone(domain)) {
      throw new HypervisorException(
          Reason.NO_SUCH_VM, "domain " + domain + " is a debug clone of a snapshot, and no VM");
    }
  }
}
