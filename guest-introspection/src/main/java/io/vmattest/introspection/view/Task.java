// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import java.util.List;
import java.util.Optional;

/**
 * A process: what its first thread says of it.
 *
 * @param pid in the initial PID namespace, as are tgid and ppid
 * @param tgid equal to pid, but for a thread that was found alone
 * @param ppid that of the parent process; 0 if it has none
 * @param startBoottime nanoseconds from the guest's boot to the task's start
 * @param kernelThread whether it has no user space
 * @param executable empty for what has none
 * @param commandLine the words of it, at most 4096 bytes; empty for what has none, and if a page of
 *     it is not in memory
 * @param threads all of them
 * @param listed whether it is in the kernel's list of tasks; else it was found elsewhere
 * @param address of its task_struct
 */
public record Task(
    long pid,
    long tgid,
    long ppid,
    String comm,
    TaskState state,
    Credentials credentials,
    Namespaces namespaces,
    long startBoottime,
    boolean kernelThread,
    Optional<Executable> executable,
    Optional<List<String>> commandLine,
    List<TaskThread> threads,
    boolean listed,
    long address) {
  public Task {
    commandLine = commandLine.map(List::copyOf);
    threads = List.copyOf(threads);
  }
}
