// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Structures;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what one task_struct says. */
final class TaskReader {
  private static final Namespaces NONE = new Namespaces(0, 0, 0, 0, 0, 0, 0);

  private final TaskFields fields;
  private final Findings findings;
  private final CredentialReader credentials;
  private final NamespaceReader namespaces;
  private final Paths paths;
  private final CommandLines commandLines;
  private final FileContents contents;
  private final Field executable;
  private final Field fileMount;
  private final Field fileDentry;

  TaskReader(Structures structures, TaskFields fields, Findings findings)
      throws MalformedGuestException {
    TextBudget budget = new TextBudget();
    this.fields = fields;
    this.findings = findings;
    this.credentials = new CredentialReader(structures);
    this.namespaces = new NamespaceReader(structures, fields, credentials);
    this.paths = new Paths(structures, budget);
    this.commandLines = new CommandLines(structures, budget);
    this.contents = new FileContents(structures);
    this.executable = structures.struct("mm_struct").field("exe_file");
    this.fileMount = structures.struct("file").field("f_path.mnt");
    this.fileDentry = structures.struct("file").field("f_path.dentry");
  }

  /**
   * Parts that cannot be read are left out, with a finding; empty if nothing can.
   *
   * @param threads the addresses of its threads
   */
  Optional<Task> read(long task, List<Long> threads, boolean listed) {
    try {
      long mm = fields.mm.pointer(task);
      boolean kernel = (fields.flags.get(task) & TaskFields.PF_KTHREAD) != 0;
      long cred = fields.realCred.pointer(task);
      boolean user = mm != 0 && !kernel;
      return Optional.of(
          new Task(
              fields.pid.signed(task),
              fields.tgid.signed(task),
              parent(task),
              fields.comm.text(task),
              state(task),
              credentials.of(cred),
              orElse(task, NONE, () -> namespaces.of(task, cred)),
              fields.startBoottime.get(task),
              kernel,
              user ? orElse(task, Optional.empty(), () -> executable(mm)) : Optional.empty(),
              user ? orElse(task, Optional.empty(), () -> commandLines.of(mm)) : Optional.empty(),
              threads(threads),
              listed,
              task));
    } catch (MalformedGuestException e) {
      findings.malformed(name(task), e);
      return Optional.empty();
    }
  }

  /** For findings, as well as it can be read. */
  String name(long task) {
    try {
      return "task %d %s".formatted(fields.pid.signed(task), fields.comm.text(task));
    } catch (MalformedGuestException e) {
      return "task_struct at 0x%x".formatted(task);
    }
  }

  private long parent(long task) throws MalformedGuestException {
    long parent = fields.realParent.pointer(task);
    return parent == 0 ? 0 : fields.tgid.signed(parent);
  }

  private TaskState state(long task) throws MalformedGuestException {
    return TaskState.of(fields.state.get(task), fields.exitState.get(task));
  }

  private Optional<Executable> executable(long mm) throws MalformedGuestException {
    long file = executable.pointer(mm);
    if (file == 0) {
      return Optional.empty();
    }
    FileContents.Content content = contents.of(file);
    return Optional.of(
        new Executable(
            paths.of(fileMount.pointer(file), fileDentry.pointer(file)),
            content.size(),
            content.residentPages(),
            content.sha256()));
  }

  private List<TaskThread> threads(List<Long> addresses) {
    List<TaskThread> threads = new ArrayList<>(addresses.size());
    for (long thread : addresses) {
      try {
        threads.add(
            new TaskThread(
                fields.pid.signed(thread),
                fields.comm.text(thread),
                state(thread),
                credentials.of(fields.realCred.pointer(thread))));
      } catch (MalformedGuestException e) {
        findings.malformed(name(thread), e);
      }
    }
    return threads;
  }

  private <T> T orElse(long task, T absent, Part<T> part) {
    try {
      return part.read();
    } catch (MalformedGuestException e) {
      findings.malformed(name(task), e);
      return absent;
    }
  }

  private interface Part<T> {
    T read() throws MalformedGuestException;
  }
}
