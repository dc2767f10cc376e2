// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.CaptureMode;
import io.vmattest.core.report.NameOrder;
import io.vmattest.core.report.StateComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Compares a current report with the Baseline, component by component, as a policy wants it. */
public final class Appraiser {
  private static final String CPU = "cpu";
  private static final String CPU_CONTROL = "cpu/control";

  private final AppraisedState before;
  private final AppraisedState now;
  private final AttestationReport baseline;
  private final AttestationReport current;
  private final Optional<PageDifferences> pages;
  private final Set<String> names = new TreeSet<>(NameOrder.BYTEWISE);

  private Appraiser(AppraisedState before, AppraisedState now, Optional<PageDifferences> pages) {
    this.before = before;
    this.now = now;
    this.baseline = before.report();
    this.current = now.report();
    this.pages = pages;
  }

  /**
   * The policy's live set applies to a report of a running guest, its exact set to a suspended one.
   *
   * @param pages pages that differ between the two captures, to name where memory differs
   */
  public static AppraisalResult appraise(
      AppraisedState baseline,
      AppraisedState current,
      AppraisalPolicy policy,
      Optional<PageDifferences> pages) {
    Appraiser appraiser = new Appraiser(baseline, current, pages);
    appraiser.addNames(
        current.report().mode() == CaptureMode.SUSPENDED ? policy.exact() : policy.live());
    List<Discrepancy> discrepancies = appraiser.discrepancies();
    discrepancies.addAll(
        new GuestAppraisal(policy.guest()).appraise(baseline.guest(), current.guest()));
    return AppraisalResult.of(discrepancies, appraiser.names);
  }

  private void addNames(Set<String> wanted) {
    for (String name : wanted) {
      if (name.equals(AppraisalPolicy.ALL)) {
        addAll(baseline);
        addAll(current);
      } else {
        names.add(name);
      }
    }
  }

  private void addAll(AttestationReport report) {
    report.components().stream()
        .map(StateComponent::name)
        .filter(name -> !GuestComponents.isOne(name))
        .forEach(names::add);
  }

  private List<Discrepancy> discrepancies() {
    List<Discrepancy> all = new ArrayList<>();
    requireSameMachine(all);
    for (String name : names) {
      all.addAll(compare(name));
    }
    return all;
  }

  private void requireSameMachine(List<Discrepancy> all) {
    if (!baseline.vmId().equals(current.vmId())) {
      all.add(
          Discrepancies.of(
              "vm",
              "identifier",
              baseline.vmId().toString(),
              current.vmId().toString(),
              "The baseline is another virtual machine's."));
    }
  }

  private List<Discrepancy> compare(String name) {
    Optional<StateComponent> expected = baseline.component(name);
    Optional<StateComponent> actual = current.component(name);
    if (expected.isEmpty() || actual.isEmpty()) {
      return List.of(missing(name, expected, actual));
    }
    if (isEqual(expected.get(), actual.get())) {
      return List.of();
    }
    List<Discrepancy> named =
        switch (name) {
          case "memory" -> new MemoryComparison(baseline, current).compare(pages);
          case CPU_CONTROL -> registers(CPU_CONTROL).control();
          case CPU -> registers(CPU).all(isNamedAsControl());
          case "devices" -> DeviceComparison.compare(baseline.devices(), current.devices());
          case "config" ->
              ConfigComparison.compare(expected.get(), actual.get(), before.config(), now.config());
          default -> List.of();
        };
    return named.isEmpty() && !(name.equals(CPU) && isNamedAsControl())
        ? List.of(differs(expected.get(), actual.get()))
        : named;
  }

  /** Equal bytes, said by the same side: what the host says is not what the module measured. */
  private static boolean isEqual(StateComponent a, StateComponent b) {
    return a.digest().equals(b.digest()) && a.size() == b.size() && a.origin() == b.origin();
  }

  private RegisterComparison registers(String component) {
    return new RegisterComparison(component, baseline.vcpus(), current.vcpus());
  }

  /** Whether cpu/control names the registers that cpu need not name again. */
  private boolean isNamedAsControl() {
    return names.contains(CPU_CONTROL)
        && baseline.component(CPU_CONTROL).isPresent()
        && current.component(CPU_CONTROL).isPresent()
        && !registers(CPU_CONTROL).control().isEmpty();
  }

  private static Discrepancy missing(
      String name, Optional<StateComponent> expected, Optional<StateComponent> actual) {
    String explanation =
        expected.isPresent()
            ? "The baseline has component " + name + ", the current report has not."
            : actual.isPresent()
                ? "The current report has component " + name + ", the baseline has not."
                : "Neither report has component " + name + ", which the policy wants equal.";
    return Discrepancies.of(name, name, digest(expected), digest(actual), explanation);
  }

  private static Discrepancy differs(StateComponent expected, StateComponent actual) {
    return Discrepancies.of(
        expected.name(),
        expected.name(),
        expected.digest().hex(),
        actual.digest().hex(),
        "Component " + expected.name() + " differs.");
  }

  private static String digest(Optional<StateComponent> component) {
    return component.map(c -> c.digest().hex()).orElse(Discrepancies.ABSENT);
  }
}
