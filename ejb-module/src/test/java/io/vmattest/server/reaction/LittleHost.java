// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.KeptSnapshot;
import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A host with one VM that can be suspended and cut off; it can refuse all that. */
class LittleHost extends HostGateway {
  RunState state = RunState.RUNNING;
  List<NetworkLink> links = List.of();
  List<KeptSnapshot> kept = List.of();
  List<String> touched = List.of();
  List<OpenRollback> open = List.of();
  boolean refuses;
  final List<String> calls = new ArrayList<>();

  @Override
  public VirtualMachine virtualMachine(UUID id) {
    return new VirtualMachine(id, "vm", state, 1, 1);
  }

  @Override
  public <T> T call(Work<T> work) {
    if (refuses) {
      throw new ServiceException(Problem.HOST_UNAVAILABLE, "libvirtd does not answer");
    }
    try {
      return work.on(connection());
    } catch (HypervisorException e) {
      throw new AssertionError(e);
    }
  }

  private HypervisorConnection connection() {
    return (HypervisorConnection)
        Proxy.newProxyInstance(
            LittleHost.class.getClassLoader(),
            new Class<?>[] {HypervisorConnection.class},
            (proxy, method, arguments) -> answer(method.getName(), arguments));
  }

  @SuppressWarnings("unchecked")
  private Object answer(String method, Object... arguments) {
    switch (method) {
      case "links" -> {
        return links;
      }
      case "openRollbacks" -> {
        return new OpenRollbacks(open, List.of());
      }
      case "keptSnapshots" -> {
        return kept;
      }
      case "touchedDisks" -> {
        return touched;
      }
      case "suspend" -> state = RunState.SUSPENDED;
      case "resume" -> state = RunState.RUNNING;
      case "setLinks" -> links = merged((List<NetworkLink>) arguments[1]);
      default -> throw new AssertionError(method);
    }
    calls.add(method);
    return method;
  }

  private List<NetworkLink> merged(List<NetworkLink> wanted) {
    return links.stream()
        .map(
            link ->
                wanted.stream().filter(w -> w.mac().equals(link.mac())).findFirst().orElse(link))
        .toList();
  }
}
