// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.appraisal.ExecutableRule.Answer;
import io.vmattest.core.guest.GuestExecutable;
import io.vmattest.core.guest.GuestTask;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a policy has against the programs that run. */
final class ExecutablesAppraisal {
  private final List<ExecutableRule> rules;

  /**
   * @param written as {@link ExecutableRule#parse} reads them; none allows all
   */
  ExecutablesAppraisal(Collection<String> written) {
    rules = written.stream().map(ExecutableRule::parse).toList();
  }

  List<Discrepancy> appraise(List<GuestTask> tasks) {
    return rules.isEmpty()
        ? List.of()
        : tasks.stream().map(this::appraise).flatMap(Optional::stream).toList();
  }

  private Optional<Discrepancy> appraise(GuestTask task) {
    if (task.executable().isEmpty()) {
      return Optional.empty();
    }
    GuestExecutable file = task.executable().get();
    Set<Answer> answers = EnumSet.noneOf(Answer.class);
    rules.forEach(rule -> answers.add(rule.asked(file)));
    if (answers.contains(Answer.ALLOWS)) {
      return Optional.empty();
    }
    return Optional.of(
        answers.contains(Answer.UNDECIDED)
            ? discrepancy(
                task,
                Severity.WARNING,
                "Whether the policy allows this file is open: not all of it is in memory.")
            : discrepancy(task, Severity.CRITICAL, "The policy does not allow this executable."));
  }

  private static Discrepancy discrepancy(GuestTask task, Severity severity, String explanation) {
    return Discrepancies.of(
        GuestDiscrepancies.PROCESSES,
        severity,
        GuestDiscrepancies.name(task),
        "an executable of the policy",
        task.executable().map(ExecutablesAppraisal::described).orElse(Discrepancies.ABSENT),
        explanation);
  }

  private static String described(GuestExecutable file) {
    return file.path() + file.digest().map(digest -> " sha256:" + digest.hex()).orElse("");
  }
}
