// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.report.NameOrder;
import io.vmattest.core.verification.StateRoots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Names the registers in which vCPUs differ. */
final class RegisterComparison {
  private static final Set<String> CONTROL = Set.copyOf(StateRoots.CONTROL_REGISTERS);

  private final String component;
  private final List<Map<String, byte[]>> expected;
  private final List<Map<String, byte[]>> actual;

  RegisterComparison(
      String component, List<Map<String, byte[]>> expected, List<Map<String, byte[]>> actual) {
    this.component = component;
    this.expected = expected;
    this.actual = actual;
  }

  /** Differing control registers. */
  List<Discrepancy> control() {
    return compare(CONTROL::contains);
  }

  /**
   * Differing registers, or one discrepancy that says that the difference lies outside them.
   *
   * @param withoutControl whether control registers are named elsewhere
   */
  List<Discrepancy> all(boolean withoutControl) {
    if (withoutControl) {
      return compare(name -> !CONTROL.contains(name));
    }
    List<Discrepancy> registers = compare(name -> true);
    return registers.isEmpty()
        ? List.of(
            Discrepancies.of(
                component,
                "vCPU state",
                "equal",
                "different",
                "All listed registers are equal; floating-point or other vCPU state differs."))
        : registers;
  }

  private List<Discrepancy> compare(Predicate<String> wanted) {
    List<Discrepancy> all = new ArrayList<>();
    int both = Math.min(expected.size(), actual.size());
    for (int vcpu = 0; vcpu < both; vcpu++) {
      compareVcpu(vcpu, wanted, all);
    }
    for (int vcpu = both; vcpu < expected.size(); vcpu++) {
      all.add(vcpuDiscrepancy(vcpu, "present", Discrepancies.ABSENT, "is gone"));
    }
    for (int vcpu = both; vcpu < actual.size(); vcpu++) {
      all.add(vcpuDiscrepancy(vcpu, Discrepancies.ABSENT, "present", "was added"));
    }
    return all;
  }

  private Discrepancy vcpuDiscrepancy(int vcpu, String before, String now, String what) {
    return Discrepancies.of(
        component, "vcpu" + vcpu, before, now, "vCPU " + vcpu + " " + what + ".");
  }

  private void compareVcpu(int vcpu, Predicate<String> wanted, List<Discrepancy> all) {
    Map<String, byte[]> before = expected.get(vcpu);
    Map<String, byte[]> now = actual.get(vcpu);
    Set<String> names = new TreeSet<>(NameOrder.BYTEWISE);
    names.addAll(before.keySet());
    names.addAll(now.keySet());
    for (String name : names) {
      if (wanted.test(name) && !Arrays.equals(before.get(name), now.get(name))) {
        all.add(register(vcpu, name, before, now));
      }
    }
  }

  private Discrepancy register(
      int vcpu, String name, Map<String, byte[]> before, Map<String, byte[]> now) {
    Optional<byte[]> old = Optional.ofNullable(before.get(name));
    Optional<byte[]> changed = Optional.ofNullable(now.get(name));
    String explanation =
        old.isPresent() && changed.isPresent()
            ? RegisterBits.explain(name, old.get(), changed.get())
            : "Register " + name + (old.isPresent() ? " is gone." : " was added.");
    return Discrepancies.of(
        component,
        "vcpu" + vcpu + " " + name,
        old.map(RegisterComparison::hex).orElse(Discrepancies.ABSENT),
        changed.map(RegisterComparison::hex).orElse(Discrepancies.ABSENT),
        explanation);
  }

  private static String hex(byte[] value) {
    return "0x" + HexFormat.of().formatHex(value);
  }
}
