// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.guest.GuestExecutable;
import io.vmattest.core.guest.GuestIds;
import io.vmattest.core.guest.GuestKernel;
import io.vmattest.core.guest.GuestModule;
import io.vmattest.core.guest.GuestMount;
import io.vmattest.core.guest.GuestSocket;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.guest.GuestTask;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuestDifferencesTest {
  private static final GuestIds ROOT = new GuestIds(0, 0, 0, 0);
  private static final GuestMount ROOT_MOUNT = new GuestMount("vda", "/", "ext4", "rw");

  private static GuestTask task(long pid, long start, String path) {
    return new GuestTask(
        pid,
        1,
        "sh",
        false,
        start,
        Optional.of(new GuestExecutable(path, 1, 1, Optional.empty())),
        List.of(),
        ROOT,
        ROOT,
        0,
        0,
        0,
        1);
  }

  private static GuestSocket listener(String local) {
    return new GuestSocket("tcp", local, "", "LISTEN", List.of());
  }

  private static Optional<GuestState> guest(
      List<GuestTask> tasks,
      List<GuestModule> modules,
      List<GuestSocket> sockets,
      List<GuestMount> mounts) {
    GuestKernel kernel = new GuestKernel("6.1.0", "abcd", 0, "");
    return Optional.of(new GuestState.Seen(kernel, tasks, modules, sockets, mounts, List.of()));
  }

  private static List<String> between(Optional<GuestState> before, Optional<GuestState> now) {
    List<Discrepancy> all = GuestDifferences.between(before, now);
    assertTrue(all.stream().allMatch(d -> d.severity() == Severity.INFO), all.toString());
    return all.stream()
        .map(d -> "%s %s: %s -> %s".formatted(d.component(), d.subject(), d.expected(), d.actual()))
        .toList();
  }

  @Test
  void whatCameAndWentAndChangedIsNamed() {
    Optional<GuestState> before =
        guest(
            List.of(task(7, 1, "/bin/a"), task(8, 1, "/bin/b"), task(9, 1, "/bin/c")),
            List.of(new GuestModule("dummy", 10)),
            List.of(listener("0.0.0.0:22")),
            List.of(ROOT_MOUNT));
    Optional<GuestState> now =
        guest(
            List.of(task(8, 2, "/bin/b"), task(9, 1, "/bin/d")),
            List.of(),
            List.of(),
            List.of(
                new GuestMount("vda", "/", "ext4", "ro"),
                new GuestMount("tmp", "/t", "tmpfs", "rw")));
    assertEquals(
        List.of(
            "processes task 7 sh: /bin/a -> absent",
            "processes task 8 sh: /bin/b -> absent",
            "processes task 8 sh: absent -> /bin/b",
            "processes task 9 sh: /bin/c -> /bin/d",
            "kernel/modules module dummy: 10 bytes -> absent",
            "guest socket tcp 0.0.0.0:22: LISTEN -> absent",
            "guest mount /: ext4 vda rw -> ext4 vda ro",
            "guest mount /t: absent -> tmpfs tmp rw"),
        between(before, now));
  }

  @Test
  void whatAPolicyCanForbidIsLeftToIt() {
    Optional<GuestState> before = guest(List.of(), List.of(), List.of(), List.of());
    Optional<GuestState> now =
        guest(
            List.of(),
            List.of(new GuestModule("dummy", 10)),
            List.of(listener("0.0.0.0:22")),
            List.of());
    assertEquals(List.of(), between(before, now));
  }

  @Test
  void aGuestThatWasNotReadHasNothingToCompare() {
    Optional<GuestState> read =
        guest(List.of(task(7, 1, "/bin/a")), List.of(), List.of(), List.of());
    assertEquals(List.of(), between(Optional.empty(), read));
    assertEquals(List.of(), between(read, Optional.of(new GuestState.Unreadable("A", "b"))));
    assertEquals(List.of(), between(read, read));
  }
}
