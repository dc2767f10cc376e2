// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.guest.GuestExecutable;
import io.vmattest.core.guest.GuestKernel;
import io.vmattest.core.guest.GuestModule;
import io.vmattest.core.guest.GuestSocket;
import io.vmattest.core.guest.GuestState.Seen;
import io.vmattest.core.guest.GuestTask;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What changed inside a guest between two captures. */
final class GuestChanges {
  private static final String ABSENT = Discrepancies.ABSENT;

  private final Seen before;
  private final Seen now;

  GuestChanges(Seen before, Seen now) {
    this.before = before;
    this.now = now;
  }

  /** Another kernel than the Baseline's. */
  Optional<Discrepancy> kernel() {
    return before.kernel().buildId().equals(now.kernel().buildId())
        ? Optional.empty()
        : Optional.of(
            Discrepancies.of(
                GuestDiscrepancies.TEXT,
                Severity.CRITICAL,
                "kernel",
                named(before.kernel()),
                named(now.kernel()),
                "Another kernel runs."));
  }

  /** The boot time differs for each boot, and so do addresses; the same process keeps its start. */
  List<Discrepancy> raisedPrivileges() {
    Map<Long, GuestTask> old = new HashMap<>();
    before.tasks().forEach(task -> old.put(task.pid(), task));
    List<Discrepancy> all = new ArrayList<>();
    for (GuestTask task : now.tasks()) {
      Optional.ofNullable(old.get(task.pid()))
          .filter(then -> isRaised(then, task))
          .ifPresent(then -> all.add(raised(then, task)));
    }
    return all;
  }

  /** A program that was started in the process may rightly have raised it: sudo does. */
  private static boolean isRaised(GuestTask then, GuestTask task) {
    return then.isSame(task)
        && path(then).equals(path(task))
        && ((task.uids().hasRoot() && !then.uids().hasRoot())
            || (isAbove(then, task) && hasGained(then, task)));
  }

  private static Optional<String> path(GuestTask task) {
    return task.executable().map(GuestExecutable::path);
  }

  /**
   * Who makes himself a user namespace gets all capabilities, for what is in it alone
   * (user_namespaces(7)); nobody comes back out of one.
   */
  private static boolean isAbove(GuestTask then, GuestTask task) {
    return task.userNamespace() == then.userNamespace()
        || task.userNamespace() == GuestTask.INITIAL_USER_NAMESPACE;
  }

  private static boolean hasGained(GuestTask then, GuestTask task) {
    return ((task.permitted() | task.effective()) & ~then.permitted()) != 0;
  }

  private static Discrepancy raised(GuestTask then, GuestTask task) {
    return Discrepancies.of(
        GuestDiscrepancies.PROCESSES,
        Severity.CRITICAL,
        GuestDiscrepancies.name(task),
        privileges(then),
        privileges(task),
        then.uids().equals(task.uids())
            ? "The process has capabilities that it did not have."
            : "uid %s -> %s.".formatted(then.uids(), task.uids()));
  }

  private static String privileges(GuestTask task) {
    return "uid %s, capabilities %x, permitted %x"
        .formatted(task.uids(), task.effective(), task.permitted());
  }

  List<Discrepancy> newModules(Severity severity) {
    Set<String> old = before.modules().stream().map(GuestModule::name).collect(Collectors.toSet());
    return now.modules().stream()
        .filter(module -> !old.contains(module.name()))
        .map(
            module ->
                Discrepancies.of(
                    GuestDiscrepancies.MODULES,
                    severity,
                    "module " + module.name(),
                    ABSENT,
                    module.size() + " bytes",
                    "The module was loaded."))
        .toList();
  }

  List<Discrepancy> newListeners(Severity severity) {
    Set<String> old =
        before.sockets().stream()
            .filter(GuestSocket::isListener)
            .map(GuestChanges::place)
            .collect(Collectors.toSet());
    return now.sockets().stream()
        .filter(GuestSocket::isListener)
        .filter(socket -> !old.contains(place(socket)))
        .map(socket -> listener(socket, severity))
        .toList();
  }

  private Discrepancy listener(GuestSocket socket, Severity severity) {
    String owners =
        now.tasks().stream()
            .filter(task -> socket.pids().contains(task.pid()))
            .map(GuestDiscrepancies::name)
            .collect(Collectors.joining(", "));
    return Discrepancies.of(
        GuestDiscrepancies.GUEST,
        severity,
        "socket " + place(socket),
        ABSENT,
        owners.isEmpty() ? "of no process" : owners,
        "It takes what anybody sends to it.");
  }

  private static String place(GuestSocket socket) {
    return socket.protocol() + " " + socket.local();
  }

  private static String named(GuestKernel kernel) {
    return "%s, build %s".formatted(kernel.release(), kernel.buildId());
  }
}
