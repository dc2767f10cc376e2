// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.finding.Finding;
import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.RadixTree;
import io.vmattest.introspection.structure.Structures;
import io.vmattest.introspection.testing.RamPatch;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a rootkit does, done to the memory of a stopped guest. */
final class Tampers {
  private final Kernel kernel;
  private final ViewGuest guest;
  private final AddressSpace space;

  Tampers(Kernel kernel, ViewGuest guest) {
    this.kernel = kernel;
    this.guest = guest;
    this.space = kernel.addressSpace();
  }

  void assertSeen() throws IOException, MalformedGuestException {
    assertRaisedCredentialsAreSeen();
    assertUnlinkedTaskIsFound();
    assertTaskWithoutNumberIsFound();
    assertTaskOnlyInSlabsIsFound();
    assertUnlinkedModuleIsFound();
    assertModuleOnlyInTreeIsFound();
    assertLoopIsFound();
    assertWhatIsBeingMadeIsNotHidden();
    assertWhatIsDyingIsNotHidden();
    RealViewsIT.assertNothingIsFound(kernel); // All was taken back.
  }

  private void assertRaisedCredentialsAreSeen() throws IOException, MalformedGuestException {
    Task user = task("user");
    assertEquals(1001, user.credentials().euid());
    assertEquals(0, user.credentials().effective());
    long cred = space.u64(field("task_struct", "real_cred").at(user.address()));
    try (RamPatch patch = patch()) {
      patch.put64(field("cred", "uid").at(cred) & -8, 0);
      patch.put64(field("cred", "euid").at(cred) & -8, 0);
      patch.put64(field("cred", "cap_effective").at(cred), 0x1ff_ffff_ffffL);
      Credentials raised = task("user").credentials();
      assertEquals(0, raised.euid());
      assertEquals(0x1ff_ffff_ffffL, raised.effective());
    }
  }

  private void assertUnlinkedTaskIsFound() throws IOException, MalformedGuestException {
    Task user = task("user");
    try (RamPatch patch = patch()) {
      unlink(patch, field("task_struct", "tasks").at(user.address()));
      assertHidden(user, "only in the table of PIDs, its parent's children, a slab");
    }
  }

  /** As for a task that /proc shall not show, while a CPU still runs it. */
  private void assertTaskWithoutNumberIsFound() throws IOException, MalformedGuestException {
    Task user = task("user");
    try (RamPatch patch = patch()) {
      clearNumber(patch, user);
      assertFound(
          TaskView.read(kernel).findings(),
          "task " + user.pid() + " user",
          "only in the list of tasks");
      unlink(patch, field("task_struct", "tasks").at(user.address()));
      assertHidden(user, "only in its parent's children, a slab");
    }
  }

  private void assertTaskOnlyInSlabsIsFound() throws IOException, MalformedGuestException {
    Task user = task("user");
    try (RamPatch patch = patch()) {
      unlink(patch, field("task_struct", "tasks").at(user.address()));
      unlink(patch, field("task_struct", "sibling").at(user.address()));
      clearNumber(patch, user);
      assertHidden(user, "only in a slab");
      // Sockets of hidden tasks are still those of a task.
      Task sockets = task("sockets");
      unlink(patch, field("task_struct", "tasks").at(sockets.address()));
      assertTrue(
          SocketView.read(kernel).sockets().stream()
              .anyMatch(it -> it.pids().equals(List.of(sockets.pid()))));
    }
  }

  private void assertUnlinkedModuleIsFound() throws IOException, MalformedGuestException {
    LoadedModule module = module();
    try (RamPatch patch = patch()) {
      unlink(patch, field("module", "list").at(module.address()));
      ModuleView view = ModuleView.read(kernel);
      assertFound(view.findings(), "module " + module.name(), "only in sysfs");
      assertTrue(
          view.modules().stream().anyMatch(it -> it.address() == module.address() && !it.listed()));
    }
  }

  private void assertModuleOnlyInTreeIsFound() throws IOException, MalformedGuestException {
    LoadedModule module = module();
    long entry = field("module", "mkobj.kobj.entry").at(module.address());
    try (RamPatch patch = patch()) {
      unlink(patch, entry);
      assertFound(
          ModuleView.read(kernel).findings(),
          "module " + module.name(),
          "only in the list of modules");
      unlink(patch, field("module", "list").at(module.address()));
      assertFound(
          ModuleView.read(kernel).findings(),
          "module " + module.name(),
          "only in the tree of addresses");
    }
  }

  /** The tasks behind the loop are found elsewhere; but for those that come or go just then. */
  void assertLoopIsFound() throws IOException, MalformedGuestException {
    Set<Long> before = lasting(TaskView.read(kernel));
    long link = field("task_struct", "tasks").at(task("user").address());
    try (RamPatch patch = patch()) {
      patch.put64(link, link);
      TaskView view = TaskView.read(kernel);
      assertEquals(before, lasting(view));
      assertTrue(
          view.findings().stream()
              .anyMatch(it -> it.kind() == Kind.STRUCTURE_MALFORMED && it.address() == link),
          view.findings().toString());
      assertTrue(view.findings().stream().anyMatch(it -> it.kind() == Kind.TASK_HIDDEN));
    }
  }

  private static Set<Long> lasting(TaskView view) {
    return view.tasks().stream()
        .filter(it -> !OwnAccount.isBrief(it.comm()))
        .map(Task::pid)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** As within copy_process: no more, and nothing that ever ran. */
  private void assertWhatIsBeingMadeIsNotHidden() throws IOException, MalformedGuestException {
    Task user = task("user");
    Task other = task("sockets");
    long state = field("task_struct", "__state").at(user.address());
    long runtime = field("task_struct", "se.sum_exec_runtime").at(user.address());
    try (RamPatch patch = patch()) {
      takeOut(patch, user);
      patch.put64(state, TaskState.TASK_NEW);
      assertHidden(user, "only in a slab");
      patch.put64(runtime, 0);
      assertEquals(List.of(), TaskView.read(kernel).findings());
    }
    try (RamPatch patch = patch()) {
      takeOut(patch, user);
      copy(patch, "thread_pid", other, user);
      assertHidden(user, "only in a slab");
      copy(patch, "start_boottime", other, user);
      copy(patch, "pid", other, user);
      assertEquals(List.of(), TaskView.read(kernel).findings());
    }
    try (RamPatch patch = patch()) {
      takeOut(patch, user);
      copy(patch, "stack", other, user);
      assertEquals(List.of(), TaskView.read(kernel).findings());
    }
  }

  /** As behind release_task: what still has memory or files did not come so far. */
  private void assertWhatIsDyingIsNotHidden() throws IOException, MalformedGuestException {
    Task user = task("user");
    long exitState = field("task_struct", "exit_state").at(user.address()) & -8;
    long flags = field("task_struct", "flags").at(user.address()) & -8;
    try (RamPatch patch = patch()) {
      takeOut(patch, user);
      // Both words are of two fields; the one that is not meant keeps its value.
      patch.put64(exitState, with(exitState, "exit_state", user, TaskState.EXIT_DEAD));
      assertHidden(user, "only in a slab");
      patch.put64(flags, with(flags, "flags", user, TaskFields.PF_EXITING));
      assertHidden(user, "only in a slab");
      patch.put64(field("task_struct", "mm").at(user.address()), 0);
      assertHidden(user, "only in a slab");
      patch.put64(field("task_struct", "files").at(user.address()), 0);
      assertEquals(List.of(), TaskView.read(kernel).findings());
    }
  }

  /** The word, with bits set in a field of 32 bits that lies in it. */
  private long with(long word, String path, Task task, long bits) throws MalformedGuestException {
    long at = field("task_struct", path).at(task.address());
    return space.u64(word) | bits << 8 * (at - word);
  }

  private void takeOut(RamPatch patch, Task task) throws IOException, MalformedGuestException {
    unlink(patch, field("task_struct", "tasks").at(task.address()));
    unlink(patch, field("task_struct", "sibling").at(task.address()));
    clearNumber(patch, task);
  }

  private void copy(RamPatch patch, String path, Task from, Task to)
      throws IOException, MalformedGuestException {
    Field field = field("task_struct", path);
    patch.put64(field.at(to.address()), space.u64(field.at(from.address())));
  }

  private void assertHidden(Task task, String found) {
    TaskView view = TaskView.read(kernel);
    assertFound(view.findings(), "task " + task.pid() + " " + task.comm(), found);
    assertFalse(
        view.tasks().stream()
            .filter(it -> it.pid() == task.pid())
            .findFirst()
            .orElseThrow()
            .listed());
  }

  private static void assertFound(List<Finding> findings, String subject, String found) {
    assertEquals(1, findings.size(), findings.toString());
    Finding finding = findings.get(0);
    assertEquals(subject, finding.subject());
    assertEquals(found, finding.found());
    assertEquals(Severity.CRITICAL, finding.severity());
    assertEquals(
        subject.startsWith("module") ? Kind.MODULE_HIDDEN : Kind.TASK_HIDDEN, finding.kind());
  }

  private void clearNumber(RamPatch patch, Task task) throws IOException, MalformedGuestException {
    Structures structures = Structures.of(kernel);
    long tree =
        structures.struct("pid_namespace").field("idr.idr_rt").at(structures.symbol("init_pid_ns"));
    Map<Long, Long> numbers = new RadixTree(structures).walk(tree, 10_000).entries();
    Field slots = structures.struct("xa_node").field("slots");
    // A tree of fewer than 4096 numbers has two levels.
    long top = space.u64(structures.struct("xarray").field("xa_head").at(tree)) - 2;
    long node = space.u64(slots.element(top, task.pid() >> 6)) - 2;
    long slot = slots.element(node, task.pid() & 63);
    assertEquals(numbers.get(task.pid()), space.u64(slot));
    patch.put64(slot, 0);
  }

  private void unlink(RamPatch patch, long node) throws IOException, MalformedGuestException {
    long next = space.u64(node);
    long previous = space.u64(node + 8);
    patch.put64(previous, next).put64(next + 8, previous);
  }

  private LoadedModule module() {
    List<LoadedModule> modules = ModuleView.read(kernel).modules();
    assertFalse(modules.isEmpty(), "the guest has no modules to hide");
    return modules.get(modules.size() / 2);
  }

  private Task task(String name) {
    return TaskView.read(kernel).tasks().stream()
        .filter(it -> it.comm().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private Field field(String struct, String path) throws MalformedGuestException {
    return Structures.of(kernel).struct(struct).field(path);
  }

  private RamPatch patch() throws IOException {
    return new RamPatch(space, guest.guest().ram());
  }
}
