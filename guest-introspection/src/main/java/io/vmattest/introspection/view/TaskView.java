// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import java.util.ArrayList;
import java.util.List;

/**
 * The tasks of a guest.
 *
 * @param tasks those of the kernel's list in its order, then those found only elsewhere; idle tasks
 *     are not among them
 * @param findings tasks that are hidden, structures that are malformed
 */
public record TaskView(List<Task> tasks, List<Finding> findings) {
  public TaskView {
    tasks = List.copyOf(tasks);
    findings = List.copyOf(findings);
  }

  public static TaskView read(Kernel kernel) {
    return read(Structures.of(kernel));
  }

  /** The same, for who reads more than one view. */
  public static TaskView read(Structures structures) {
    Findings findings = new Findings(structures.space());
    List<Task> tasks = new ArrayList<>();
    try {
      TaskFields fields = new TaskFields(structures);
      TaskReader reader = new TaskReader(structures, fields, findings);
      TaskCensus census = TaskCensus.take(structures, fields, findings);
      census
          .processes()
          .forEach((task, threads) -> reader.read(task, threads, true).ifPresent(tasks::add));
      for (List<Long> threads : new HiddenTasks(fields, reader, census, findings).find()) {
        reader.read(threads.get(0), threads, false).ifPresent(tasks::add);
      }
    } catch (MalformedGuestException e) {
      findings.malformed("tasks", e);
    }
    return new TaskView(tasks, findings.list());
  }
}
