// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.fleet;

import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The VMs of the host, and those that the ledger knows though the host has them no more. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Fleet {
  private static final String ABSENT = "ABSENT";
  private static final String UNKNOWN = "UNKNOWN";

  @Inject HostGateway host;
  @Inject VmStates states;

  /**
   * A VM as the host and the ledger know it.
   *
   * @param runState of the hypervisor's words, ABSENT if the host has it no more, or UNKNOWN if the
   *     host does not answer
   * @param memoryBytes 0 if the host has not told
   * @param vcpus 0 if the host has not told
   * @param state empty if it was never attested
   */
  public record Member(
      UUID id,
      String name,
      String runState,
      long memoryBytes,
      int vcpus,
      Optional<VmState> state) {}

  public String hostId() {
    return host.hostId();
  }

  /** In the order of their names. */
  public List<Member> members() {
    Map<UUID, VmState> known =
        states.all().stream().collect(Collectors.toMap(VmState::vm, Function.identity()));
    List<Member> members = new ArrayList<>();
    try {
      for (VirtualMachine machine : host.virtualMachines()) {
        members.add(present(machine, Optional.ofNullable(known.remove(machine.id()))));
      }
      known.values().forEach(state -> members.add(unseen(state, ABSENT)));
    } catch (ServiceException e) {
      requireHostUnavailable(e);
      known.values().forEach(state -> members.add(unseen(state, UNKNOWN)));
    }
    members.sort(Comparator.comparing(Member::name).thenComparing(Member::id));
    return List.copyOf(members);
  }

  /**
   * Finds a VM that the host has or that the ledger knows.
   *
   * @throws ServiceException with NO_SUCH_VM
   */
  public Member member(UUID id) {
    Optional<VmState> state = states.find(id);
    try {
      return present(host.virtualMachine(id), state);
    } catch (ServiceException e) {
      if (state.isEmpty()) {
        throw e;
      }
      if (e.problem() == Problem.NO_SUCH_VM) {
        return unseen(state.get(), ABSENT);
      }
      requireHostUnavailable(e);
      return unseen(state.get(), UNKNOWN);
    }
  }

  /** What the ledger knows can be told without the host; nothing else is a reason to do without. */
  private static void requireHostUnavailable(ServiceException e) {
    if (e.problem() != Problem.HOST_UNAVAILABLE) {
      throw e;
    }
  }

  private static Member present(VirtualMachine machine, Optional<VmState> state) {
    return new Member(
        machine.id(),
        machine.name(),
        machine.state().name(),
        machine.memoryBytes(),
        machine.vcpus(),
        state);
  }

  private static Member unseen(VmState state, String runState) {
    return new Member(state.vm(), state.name(), runState, 0, 0, Optional.of(state));
  }
}
