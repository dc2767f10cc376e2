// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.appraisal.GuestPolicy.Forbidden;
import io.vmattest.core.guest.GuestFinding;
import io.vmattest.core.guest.GuestState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a policy has against what was seen inside a guest. */
final class GuestAppraisal {
  private static final Set<String> TRACING = Set.of("FUNCTION_TRACED", "PROBE_SET", "BPF_ATTACHED");

  private final GuestPolicy policy;

  GuestAppraisal(GuestPolicy policy) {
    this.policy = policy;
  }

  List<Discrepancy> appraise(Optional<GuestState> baseline, Optional<GuestState> current) {
    Optional<GuestState.Seen> before =
        baseline.filter(GuestState.Seen.class::isInstance).map(GuestState.Seen.class::cast);
    if (current.isPresent() && current.get() instanceof GuestState.Seen now) {
      return appraise(before, now);
    }
    return before.isPresent() ? List.of(unreadable(before.get(), current)) : List.of();
  }

  /** A kernel that could be seen and no longer can may be hiding. */
  private static Discrepancy unreadable(GuestState.Seen before, Optional<GuestState> current) {
    String now =
        current.isPresent() && current.get() instanceof GuestState.Unreadable why
            ? why.reason() + ": " + why.detail()
            : "not looked at";
    return Discrepancies.of(
        GuestDiscrepancies.GUEST,
        Severity.CRITICAL,
        "kernel",
        before.kernel().release(),
        now,
        "The guest's kernel could be read in the baseline, and no longer can.");
  }

  private List<Discrepancy> appraise(Optional<GuestState.Seen> before, GuestState.Seen now) {
    List<Discrepancy> all = new ArrayList<>();
    now.findings().stream()
        .filter(this::isWrong)
        .map(finding -> GuestDiscrepancies.of(finding, Severity.CRITICAL))
        .forEach(all::add);
    all.addAll(new ExecutablesAppraisal(policy.executables()).appraise(now.tasks()));
    before.ifPresent(old -> addChanges(old, now, all));
    return all;
  }

  private boolean isWrong(GuestFinding finding) {
    return finding.isCritical()
        || (TRACING.contains(finding.kind()) && policy.forbids(Forbidden.TRACING));
  }

  private void addChanges(GuestState.Seen before, GuestState.Seen now, List<Discrepancy> all) {
    GuestChanges changes = new GuestChanges(before, now);
    changes.kernel().ifPresent(all::add);
    if (policy.forbids(Forbidden.PRIVILEGES)) {
      all.addAll(changes.raisedPrivileges());
    }
    if (policy.forbids(Forbidden.MODULES)) {
      all.addAll(changes.newModules(Severity.CRITICAL));
    }
    if (policy.forbids(Forbidden.LISTENERS)) {
      all.addAll(changes.newListeners(Severity.CRITICAL));
    }
  }
}
