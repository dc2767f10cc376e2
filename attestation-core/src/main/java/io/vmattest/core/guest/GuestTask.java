// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import java.util.List;
import java.util.Optional;

/**
 * A process, or a thread of the kernel.
 *
 * @param startNanos after the guest's boot; with the pid it names one process of one boot
 * @param executable what it runs; empty for threads of the kernel
 * @param commandLine its words, as far as they were in memory
 * @param permitted capabilities, a bit each (linux/capability.h)
 * @param effective capabilities
 * @param userNamespace inode number of the user namespace that its capabilities are good for; 0 if
 *     it is not known
 * @param threads how many it has, itself included
 */
public record GuestTask(
    long pid,
    long parent,
    String name,
    boolean kernelThread,
    long startNanos,
    Optional<GuestExecutable> executable,
    List<String> commandLine,
    GuestIds uids,
    GuestIds gids,
    long permitted,
    long effective,
    long userNamespace,
    int threads) {
  /** Inode number of the initial user namespace (Linux, include/linux/proc_ns.h). */
  public static final long INITIAL_USER_NAMESPACE = 0xeffffffdL;

  public GuestTask {
    commandLine = List.copyOf(commandLine);
  }

  /** Whether both are one process: a pid may be given again. */
  public boolean isSame(GuestTask other) {
    return pid == other.pid && startNanos == other.startNanos;
  }
}
