// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A host with the VMs that a test gives it; it can be out of reach. */
public final class StandInHost extends HostGateway {
  private final List<VirtualMachine> machines = new ArrayList<>();
  public boolean reachable = true;

  public void has(UUID vm, RunState state) {
    machines.add(new VirtualMachine(vm, "vm", state, 1 << 28, 1));
  }

  @Override
  public List<VirtualMachine> virtualMachines() {
    if (!reachable) {
      throw new ServiceException(Problem.HOST_UNAVAILABLE, "libvirtd does not answer");
    }
    return machines;
  }

  @Override
  public VirtualMachine virtualMachine(UUID id) {
    return virtualMachines().stream()
        .filter(machine -> machine.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new ServiceException(Problem.NO_SUCH_VM, "there is no VM " + id));
  }
}
