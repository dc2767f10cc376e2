// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.guest.GuestExecutable;
import io.vmattest.core.guest.GuestModule;
import io.vmattest.core.guest.GuestMount;
import io.vmattest.core.guest.GuestSocket;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.guest.GuestState.Seen;
import io.vmattest.core.guest.GuestTask;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What came, went and changed inside a guest in the course of ordinary work, for those who compare
 * two reports of it. What a policy can forbid is {@link GuestAppraisal}'s.
 */
public final class GuestDifferences {
  private static final String NOTHING = Discrepancies.ABSENT;

  private final List<Discrepancy> all = new ArrayList<>();

  private GuestDifferences() {}

  /** In the order of processes, modules, sockets, mounts; all are INFO. */
  public static List<Discrepancy> between(Optional<GuestState> before, Optional<GuestState> now) {
    GuestDifferences differences = new GuestDifferences();
    if (before.orElse(null) instanceof Seen first && now.orElse(null) instanceof Seen second) {
      differences.compare(first, second);
    }
    return differences.all;
  }

  private void compare(Seen before, Seen now) {
    new Kind<GuestTask>(
            GuestDiscrepancies.PROCESSES,
            task -> task.pid() + " " + task.startNanos(),
            GuestDiscrepancies::name,
            GuestDifferences::program,
            "The process was started.",
            "The process ended.",
            "The process runs another program.")
        .compare(before.tasks(), now.tasks());
    Kind<GuestModule> modules =
        new Kind<>(
            GuestDiscrepancies.MODULES,
            GuestModule::name,
            module -> "module " + module.name(),
            module -> module.size() + " bytes",
            "The module was loaded.",
            "The module was unloaded.",
            "The module is another one of that name.");
    modules.compare(before.modules(), kept(before.modules(), now.modules(), GuestModule::name));
    Function<GuestSocket, String> place = socket -> socket.protocol() + " " + socket.local();
    new Kind<>(
            GuestDiscrepancies.GUEST,
            place,
            socket -> "socket " + place.apply(socket),
            GuestSocket::state,
            "The socket listens.",
            "The socket does not listen any more.",
            "The socket changed its state.")
        .compare(listeners(before), kept(listeners(before), listeners(now), place));
    new Kind<GuestMount>(
            GuestDiscrepancies.GUEST,
            GuestMount::point,
            mount -> "mount " + mount.point(),
            mount -> "%s %s %s".formatted(mount.type(), mount.source(), mount.options()),
            "The file system was mounted.",
            "The file system was unmounted.",
            "The file system, or how it is mounted, is another.")
        .compare(before.mounts(), now.mounts());
  }

  /** New ones are left out: they are named as what a policy can forbid. */
  private static <T> List<T> kept(List<T> before, List<T> now, Function<T, String> key) {
    List<String> old = before.stream().map(key).toList();
    return now.stream().filter(item -> old.contains(key.apply(item))).toList();
  }

  private static List<GuestSocket> listeners(Seen guest) {
    return guest.sockets().stream().filter(GuestSocket::isListener).toList();
  }

  private static String program(GuestTask task) {
    return task.executable().map(GuestExecutable::path).orElse("a thread of the kernel");
  }

  /**
   * How things of one kind are told apart and named.
   *
   * @param key equal for what is the same thing before and now
   * @param value what may have changed of it
   */
  private final class Kind<T> {
    private final String component;
    private final Function<T, String> key;
    private final Function<T, String> subject;
    private final Function<T, String> value;
    private final String came;
    private final String went;
    private final String changed;

    Kind(
        String component,
        Function<T, String> key,
        Function<T, String> subject,
        Function<T, String> value,
        String came,
        String went,
        String changed) {
      this.component = component;
      this.key = key;
      this.subject = subject;
      this.value = value;
      this.came = came;
      this.went = went;
      this.changed = changed;
    }

    /** Of more than one thing with a key, such as mounts over each other, the last counts. */
    void compare(List<T> before, List<T> now) {
      Map<String, T> old = byKey(before);
      Map<String, T> current = byKey(now);
      old.forEach(
          (name, thing) -> {
            if (!current.containsKey(name)) {
              add(thing, value.apply(thing), NOTHING, went);
            }
          });
      current.forEach((name, thing) -> compare(Optional.ofNullable(old.get(name)), thing));
    }

    private void compare(Optional<T> then, T thing) {
      String is = value.apply(thing);
      if (then.isEmpty()) {
        add(thing, NOTHING, is, came);
      } else if (!value.apply(then.get()).equals(is)) {
        add(thing, value.apply(then.get()), is, changed);
      }
    }

    private Map<String, T> byKey(List<T> things) {
      Map<String, T> result = new LinkedHashMap<>();
      things.forEach(thing -> result.put(key.apply(thing), thing));
      return result;
    }

    private void add(T thing, String expected, String actual, String explanation) {
      all.add(
          Discrepancies.of(
              component, Severity.INFO, subject.apply(thing), expected, actual, explanation));
    }
  }
}
