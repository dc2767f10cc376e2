// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Findings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares where tasks are found. Memory is of one instant, yet a CPU may have been stopped within
 * fork, exec or exit. A task may then be in some places only, and is told by what the kernel does
 * in which order (kernel/fork.c copy_process, kernel/exit.c do_exit and release_task, fs/exec.c
 * de_thread; the same in 6.1 and 6.12):
 *
 * <ul>
 *   <li>A copy. dup_task_struct copies the whole task_struct of the parent, stack and PID included,
 *       then gives it its own stack. Until sched_fork it has the parent's state, PID, struct pid
 *       and start time. One whose making failed for want of a stack keeps that of the parent, as no
 *       task that runs can.
 *   <li>A new one. From sched_fork on its state is TASK_NEW and its run time 0; only then it gets
 *       its PID (in the table before it is linked), its place among siblings, in the list and as
 *       the PID's task, in this order. It is woken after that; nothing that ever ran is TASK_NEW.
 *   <li>A dying one. Before release_task takes it off the lists its exit_state is EXIT_DEAD; it has
 *       given up memory and files long before (exit_mm, exit_files) and is PF_EXITING. It lives on
 *       so until the last switch away from it makes its state TASK_DEAD, and even then until RCU
 *       frees it. A zombie is still in all lists.
 *   <li>An exec of another thread than the first: de_thread exchanges the PIDs of the two while
 *       signal->group_exec_task is the one. The lists of tasks and threads have them both.
 * </ul>
 */
final class HiddenTasks {
  private final TaskFields fields;
  private final TaskReader reader;
  private final TaskCensus census;
  private final Findings findings;
  private final Set<Long> stacks = new HashSet<>();
  private final Set<Origin> origins = new HashSet<>();

  HiddenTasks(TaskFields fields, TaskReader reader, TaskCensus census, Findings findings) {
    this.fields = fields;
    this.reader = reader;
    this.census = census;
    this.findings = findings;
    for (long task : census.listed()) {
      try {
        stacks.add(fields.stack.get(task));
        origins.add(origin(task));
      } catch (MalformedGuestException e) {
        findings.malformed(reader.name(task), e);
      }
    }
  }

  /**
   * Those that are not in the list of tasks, by processes as well as they can be told, the first
   * thread first; and a finding for each, as for those that have no PID.
   */
  Collection<List<Long>> find() {
    Map<Long, List<Long>> processes = new LinkedHashMap<>();
    for (long task : hidden()) {
      try {
        // All is read before a process is made: one without threads cannot be given.
        long signal = fields.signal.get(task);
        boolean first = fields.pid.get(task) == fields.tgid.get(task);
        List<Long> threads = processes.computeIfAbsent(signal, key -> new ArrayList<>());
        threads.add(first ? 0 : threads.size(), task);
      } catch (MalformedGuestException e) {
        // What can be read of it is another's business. A hostile guest may name it as a signal.
        processes.computeIfAbsent(task, key -> new ArrayList<>()).add(task);
      }
    }
    return processes.values();
  }

  private List<Long> hidden() {
    List<Long> hidden = new ArrayList<>();
    if (census.isCut()) {
      return hidden;
    }
    Set<Long> elsewhere = new LinkedHashSet<>(census.numbered());
    elsewhere.addAll(census.childTasks());
    elsewhere.addAll(census.carved());
    elsewhere.removeAll(census.listed());
    elsewhere.removeAll(census.idleTasks());
    for (long task : elsewhere) {
      if (!isExplained(task)) {
        hidden.add(task);
        report(task, "in the list of tasks", "only in " + places(task));
      }
    }
    if (census.numbersComplete()) {
      census.listed().stream()
          .filter(task -> !census.numbered().contains(task))
          .forEach(this::unnumbered);
    }
    return hidden;
  }

  /** Such a task does not exist for /proc, kill and all that goes by PID. */
  private void unnumbered(long task) {
    try {
      boolean executes = fields.execTask.get(fields.signal.pointer(task)) != 0;
      if (!executes && !isNew(task) && !isDying(task)) {
        report(task, "in the table of PIDs", "only in the list of tasks");
      }
    } catch (MalformedGuestException e) {
      findings.malformed(reader.name(task), e);
    }
  }

  private boolean isExplained(long task) {
    try {
      return isNew(task) || isDying(task) || isCopy(task);
    } catch (MalformedGuestException e) {
      findings.malformed(reader.name(task), e);
      return false;
    }
  }

  private boolean isNew(long task) throws MalformedGuestException {
    return fields.state.get(task) == TaskState.TASK_NEW && fields.runtime.get(task) == 0;
  }

  private boolean isDying(long task) throws MalformedGuestException {
    return (fields.exitState.get(task) & TaskState.EXIT_DEAD) != 0
        && (fields.flags.get(task) & TaskFields.PF_EXITING) != 0
        && fields.mm.get(task) == 0
        && fields.files.get(task) == 0;
  }

  private boolean isCopy(long task) throws MalformedGuestException {
    return stacks.contains(fields.stack.get(task)) || origins.contains(origin(task));
  }

  private Origin origin(long task) throws MalformedGuestException {
    return new Origin(
        fields.threadPid.get(task), fields.pid.get(task), fields.startBoottime.get(task));
  }

  private String places(long task) {
    List<String> places = new ArrayList<>();
    if (census.numbered().contains(task)) {
      places.add("the table of PIDs");
    }
    if (census.childTasks().contains(task)) {
      places.add("its parent's children");
    }
    if (census.carved().contains(task)) {
      places.add("a slab");
    }
    return String.join(", ", places);
  }

  private void report(long task, String expected, String found) {
    findings.add(Kind.TASK_HIDDEN, Severity.CRITICAL, reader.name(task), expected, found, task);
  }

  /** What a copy shares with the task that it was made of, and no two tasks do later. */
  private record Origin(long threadPid, long pid, long startBoottime) {}
}
