// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import io.vmattest.core.merkle.MerkleRootBuilder;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.StateComponent;
import io.vmattest.core.verification.StateRootException.Reason;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/**
 * Adds a report's digests up again from the parts that it lists. Component cpu is not among them:
 * its leaves are whole vCPU sections, which a report does not carry.
 */
public final class StateRoots {
  /** What component cpu/control is made of, in this order. */
  public static final List<String> CONTROL_REGISTERS =
      List.of("CR0", "CR4", "EFER", "LSTAR", "IDTR.base", "IDTR.limit", "GDTR.base", "GDTR.limit");

  private StateRoots() {}

  /** All of them. */
  public static void require(AttestationReport report) throws StateRootException {
    requireMemory(report);
    requireCpuControl(report);
    requireDevices(report);
    requireStateHash(report);
  }

  public static void requireMemory(AttestationReport report) throws StateRootException {
    MerkleRootBuilder root = new MerkleRootBuilder();
    report.ramBlocks().forEach(block -> root.add(LeafData.of(block)));
    StateComponent memory = component(report, "memory");
    requireRoot(memory, root.root(), Reason.MEMORY_ROOT, "the RAM blocks");

    BigInteger size =
        report.ramBlocks().stream()
            .map(block -> BigInteger.valueOf(block.length()))
            .reduce(BigInteger.ZERO, BigInteger::add);
    if (!size.equals(BigInteger.valueOf(memory.size()))) {
      throw new StateRootException(
          Reason.MEMORY_SIZE,
          "Component memory has %d bytes, but the RAM blocks have %d."
              .formatted(memory.size(), size));
    }
  }

  public static void requireCpuControl(AttestationReport report) throws StateRootException {
    MerkleRootBuilder root = new MerkleRootBuilder();
    for (int vcpu = 0; vcpu < report.vcpus().size(); vcpu++) {
      Map<String, byte[]> registers = report.vcpus().get(vcpu);
      for (String name : CONTROL_REGISTERS) {
        byte[] value = registers.get(name);
        if (value == null) {
          throw new StateRootException(
              Reason.REGISTER_MISSING, "vCPU %d has no register %s.".formatted(vcpu, name));
        }
        root.add(LeafData.of(vcpu, name, value));
      }
    }
    requireRoot(
        component(report, "cpu/control"),
        root.root(),
        Reason.CPU_CONTROL_ROOT,
        "the control registers");
  }

  public static void requireDevices(AttestationReport report) throws StateRootException {
    MerkleRootBuilder root = new MerkleRootBuilder();
    report.devices().forEach(device -> root.add(LeafData.of(device)));
    requireRoot(
        component(report, "devices"), root.root(), Reason.DEVICES_ROOT, "the device sections");
  }

  public static void requireStateHash(AttestationReport report) throws StateRootException {
    component(report, "cpu");
    Digest root = stateHash(report.components());
    if (!root.equals(report.stateHash())) {
      throw new StateRootException(
          Reason.STATE_HASH,
          "The state hash is %s, but the components add up to %s."
              .formatted(report.stateHash(), root));
    }
  }

  /**
   * @param components in the order of their names
   */
  public static Digest stateHash(List<StateComponent> components) {
    MerkleRootBuilder root = new MerkleRootBuilder();
    components.forEach(component -> root.add(LeafData.of(component)));
    return root.root();
  }

  private static StateComponent component(AttestationReport report, String name)
      throws StateRootException {
    return report
        .component(name)
        .filter(component -> component.origin() == StateComponent.Origin.MEASURED)
        .orElseThrow(
            () ->
                new StateRootException(
                    Reason.COMPONENT_MISSING, "The module measured no component " + name + "."));
  }

  private static void requireRoot(
      StateComponent component, Digest root, Reason reason, String parts)
      throws StateRootException {
    if (!root.equals(component.digest())) {
      throw new StateRootException(
          reason,
          "Component %s is %s, but %s add up to %s."
              .formatted(component.name(), component.digest(), parts, root));
    }
  }
}
