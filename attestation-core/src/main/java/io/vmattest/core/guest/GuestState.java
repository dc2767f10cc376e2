// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import java.util.List;

/** What a capture shows of the guest's own structures. */
public sealed interface GuestState {
  /**
   * A Linux kernel was found and read.
   *
   * @param tasks ascending by pid; thread group leaders only
   * @param findings what is not as it should be, whatever the guest is compared with
   */
  record Seen(
      GuestKernel kernel,
      List<GuestTask> tasks,
      List<GuestModule> modules,
      List<GuestSocket> sockets,
      List<GuestMount> mounts,
      List<GuestFinding> findings)
      implements GuestState {
    public Seen {
      tasks = List.copyOf(tasks);
      modules = List.copyOf(modules);
      sockets = List.copyOf(sockets);
      mounts = List.copyOf(mounts);
      findings = List.copyOf(findings);
    }
  }

  /**
   * Nothing of it could be read: another system, a kernel without type information, encrypted
   * memory.
   *
   * @param reason such as NO_KERNEL
   * @param detail for people; may quote the guest
   */
  record Unreadable(String reason, String detail) implements GuestState {}
}
