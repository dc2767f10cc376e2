// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.Chains;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.RadixTree;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.structure.Walk;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All task_structs that the kernel's lists, its table of PIDs and its slabs lead to. */
final class TaskCensus {
  static final int MAX_TASKS = 1 << 16;

  private static final int MAX_CPUS = 8192;

  private final Structures structures;
  private final TaskFields fields;
  private final Findings findings;
  private final Chains chains;
  private final long idle;

  /** The threads of each process of the list of tasks, in its order. */
  private final Map<Long, List<Long>> processes = new LinkedHashMap<>();

  private final Set<Long> listed = new LinkedHashSet<>();
  private final Set<Long> numbered = new LinkedHashSet<>();
  private final Set<Long> children = new LinkedHashSet<>();
  private final Set<Long> carved = new LinkedHashSet<>();
  private final Set<Long> idles = new HashSet<>();
  private boolean numbersComplete;
  private boolean cut;

  private TaskCensus(Structures structures, TaskFields fields, Findings findings)
      throws MalformedGuestException {
    this.structures = structures;
    this.fields = fields;
    this.findings = findings;
    this.chains = new Chains(structures.space(), 4 * MAX_TASKS);
    this.idle = structures.symbol("init_task");
  }

  static TaskCensus take(Structures structures, TaskFields fields, Findings findings)
      throws MalformedGuestException {
    TaskCensus census = new TaskCensus(structures, fields, findings);
    census.list();
    census.source("pid table", census::numbers);
    census.source("children of tasks", census::children);
    census.source("idle tasks", census::idles);
    census.source(
        "slabs of task_struct",
        () -> census.carved.addAll(new SlabCarve(structures, findings).tasks(fields)));
    return census;
  }

  /** By their leaders. */
  Map<Long, List<Long>> processes() {
    return processes;
  }

  /** Processes of the list of tasks and their threads. */
  Set<Long> listed() {
    return listed;
  }

  /** Whether there are more of them than are looked at, so that others are not for that hidden. */
  boolean isCut() {
    return cut;
  }

  /** Those that a PID leads to. */
  Set<Long> numbered() {
    return numbered;
  }

  /** Whether all of the table of PIDs could be read. */
  boolean numbersComplete() {
    return numbersComplete;
  }

  /** Those that are a listed task's children. */
  Set<Long> childTasks() {
    return children;
  }

  /** Those that live in slabs. */
  Set<Long> carved() {
    return carved;
  }

  /** Those that CPUs run for want of others: they are in no list, and all have PID 0. */
  Set<Long> idleTasks() {
    return idles;
  }

  private void list() {
    Walk walk = chains.list(fields.tasks.at(idle), fields.tasks, MAX_TASKS);
    note("list of tasks", walk);
    for (long process : walk.entries()) {
      Set<Long> threads = new LinkedHashSet<>(List.of(process));
      try {
        long head = fields.threadHead.at(fields.signal.pointer(process));
        Walk all = chains.list(head, fields.threadNode, MAX_TASKS - listed.size());
        note("threads of task_struct at 0x%x".formatted(process), all);
        threads.addAll(all.entries());
      } catch (MalformedGuestException e) {
        findings.malformed("threads of task_struct at 0x%x".formatted(process), e);
      }
      processes.put(process, new ArrayList<>(threads));
      listed.addAll(threads);
    }
  }

  /**
   * A PID has at most one task, of which it is the number; others it is the group or session of.
   */
  private void numbers() throws MalformedGuestException {
    Field table = structures.struct("pid_namespace").field("idr.idr_rt");
    Field tasks = structures.struct("pid").field("tasks");
    long namespace = structures.symbol("init_pid_ns");
    var entries = new RadixTree(structures).walk(table.at(namespace), MAX_TASKS);
    numbersComplete = entries.fault().isEmpty();
    findings.malformed("pid table", entries.fault());
    for (long number : entries.entries().values()) {
      try {
        long link = structures.space().u64(tasks.at(number));
        if (link != 0) {
          numbered.add(fields.pidLinks.containerOf(link));
        }
      } catch (MalformedGuestException e) {
        numbersComplete = false;
        findings.malformed("pid table", e);
      }
    }
  }

  private void note(String name, Walk walk) {
    findings.malformed(name, walk.fault());
    cut |= walk.fault().map(fault -> fault.reason() == Reason.TOO_LARGE).orElse(false);
  }

  private void children() {
    Set<Long> parents = new LinkedHashSet<>(List.of(idle));
    parents.addAll(listed);
    for (long parent : parents) {
      int left = MAX_TASKS - children.size();
      Walk walk = chains.list(fields.children.at(parent), fields.sibling, left);
      findings.malformed("children of task_struct at 0x%x".formatted(parent), walk.fault());
      children.addAll(walk.entries());
    }
  }

  private void idles() throws MalformedGuestException {
    idles.add(idle);
    long queues = structures.symbol("runqueues");
    long offsets = structures.symbol("__per_cpu_offset");
    long count = structures.space().u32(structures.symbol("nr_cpu_ids"));
    Field idleOf = structures.struct("rq").field("idle");
    for (int cpu = 0; cpu < Math.min(count, MAX_CPUS); cpu++) {
      long task = idleOf.get(structures.space().u64(offsets + 8L * cpu) + queues);
      if (task < 0 && fields.pid.get(task) == 0) {
        idles.add(task);
      }
    }
  }

  private void source(String name, Source source) {
    try {
      source.read();
    } catch (MalformedGuestException e) {
      findings.malformed(name, e);
    }
  }

  private interface Source {
    void read() throws MalformedGuestException;
  }
}
