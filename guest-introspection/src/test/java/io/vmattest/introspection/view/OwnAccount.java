// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.kernel.Kernel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Compares the views with what the guest's /proc said a moment before. */
final class OwnAccount {
  /** The probe's own, which come and go. */
  private static final Set<String> BRIEF = Set.of("busybox", "exe", "probe", "cat");

  private final ViewGuest guest;
  private Map<Long, Task> tasks = Map.of();

  OwnAccount(ViewGuest guest) {
    this.guest = guest;
  }

  /** Whether tasks of that name may be half made or half gone whenever the guest stops. */
  static boolean isBrief(String name) {
    return BRIEF.contains(name);
  }

  void assertEqual(Kernel kernel) {
    tasks =
        TaskView.read(kernel).tasks().stream()
            .collect(
                Collectors.toMap(Task::pid, Function.identity(), (a, b) -> a, LinkedHashMap::new));
    assertSameTasks();
    assertSameThreads();
    assertExecutablesAndCommandLines();
    assertNamespaces();
    assertModules(ModuleView.read(kernel).modules());
    long own = at(tasks, 1L).namespaces().net();
    new OwnSockets(guest, own).assertEqual(SocketView.read(kernel).sockets());
    assertMounts(MountView.read(kernel).mounts());
  }

  private void assertSameTasks() {
    Map<Long, Map<String, String>> said = guest.keyed("status");
    assertTrue(said.size() > 30, said.keySet().toString());
    Set<Long> gone = new LinkedHashSet<>(said.keySet());
    gone.removeAll(tasks.keySet());
    gone.removeIf(pid -> isBrief(at(at(said, pid), "Name")) || isWorker(at(said, pid)));
    assertEquals(Set.of(), gone, "said and not seen");
    Set<Task> more = new LinkedHashSet<>(tasks.values());
    more.removeIf(
        it -> said.containsKey(it.pid()) || isBrief(it.comm()) || it.comm().startsWith("kworker/"));
    assertEquals(Set.of(), more, "seen and not said");
    Map<Long, Long> starts = starts();
    int compared = 0;
    for (Task task : tasks.values()) {
      Map<String, String> own = said.get(task.pid());
      if (own != null && !(isBrief(task.comm()) && task.pid() != 1)) {
        assertSame(task, own);
        // In hundredths of a second.
        assertEquals(at(starts, task.pid()), task.startBoottime() / 10_000_000, task.comm());
        compared++;
      }
    }
    assertTrue(compared > 30, "only " + compared + " compared");
  }

  private static boolean isWorker(Map<String, String> status) {
    return at(status, "Name").startsWith("kworker/");
  }

  private static void assertSame(Task task, Map<String, String> own) {
    String name = task.pid() + " " + task.comm();
    assertTrue(at(own, "Name").startsWith(task.comm()), name + " is " + at(own, "Name"));
    assertEquals(at(own, "Tgid"), String.valueOf(task.tgid()), name);
    assertEquals(at(own, "PPid"), String.valueOf(task.ppid()), name);
    assertEquals(at(own, "Threads"), String.valueOf(task.threads().size()), name);
    assertEquals(own.containsKey("VmSize"), !task.kernelThread(), name);
    if (!task.kernelThread() && task.pid() != 1) {
      assertEquals(at(own, "State").charAt(0), task.state().letter(), name);
    }
    assertSame(task.credentials(), own, name);
    assertTrue(task.listed(), name);
  }

  private static void assertSame(Credentials seen, Map<String, String> own, String name) {
    List<Long> ids = List.of(seen.uid(), seen.euid(), seen.suid(), seen.fsuid());
    List<Long> groups = List.of(seen.gid(), seen.egid(), seen.sgid(), seen.fsgid());
    assertEquals(numbers(at(own, "Uid")), ids, name);
    assertEquals(numbers(at(own, "Gid")), groups, name);
    assertEquals(at(own, "CapEff"), "%016x".formatted(seen.effective()), name);
    assertEquals(at(own, "CapPrm"), "%016x".formatted(seen.permitted()), name);
  }

  private static List<Long> numbers(String text) {
    return Pattern.compile("\\s+").splitAsStream(text).map(Long::valueOf).toList();
  }

  /** The 22nd word; the second one may have spaces and ends with the last parenthesis. */
  private Map<Long, Long> starts() {
    Map<Long, Long> starts = new LinkedHashMap<>();
    for (String line : guest.said("stat")) {
      String pid = line.substring("/proc/".length(), line.indexOf('/', 7));
      String[] words = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
      starts.put(Long.valueOf(pid), Long.valueOf(words[19]));
    }
    return starts;
  }

  private void assertSameThreads() {
    Map<Long, Map<String, String>> said = guest.keyed("threads");
    int several = 0;
    for (Task task : tasks.values()) {
      several += task.threads().size() > 1 ? 1 : 0;
      for (TaskThread thread : task.threads()) {
        Map<String, String> own = said.get(thread.tid());
        if (own != null && !isBrief(thread.comm())) {
          assertTrue(at(own, "Name").startsWith(thread.comm()), own.toString());
          assertEquals(at(own, "Tgid"), String.valueOf(task.tgid()));
          assertSame(thread.credentials(), own, thread.toString());
        }
      }
    }
    assertEquals(3, several, "processes with two threads");
  }

  private void assertExecutablesAndCommandLines() {
    Pattern link = Pattern.compile(".*/proc/(\\d+)/exe -> (.*)");
    Map<Long, String> executables = new TreeMap<>();
    for (String line : guest.said("exe")) {
      Matcher matcher = link.matcher(line);
      if (matcher.matches() && tasks.containsKey(Long.valueOf(matcher.group(1)))) {
        executables.put(Long.valueOf(matcher.group(1)), matcher.group(2));
      }
    }
    assertDigests();
    Map<Long, List<String>> words = commandLines();
    for (long pid : words.keySet()) {
      Task task = at(tasks, pid);
      assertEquals(
          Optional.ofNullable(executables.get(pid)),
          task.executable().map(Executable::path),
          task.toString());
      assertEquals(Optional.of(at(words, pid)), task.commandLine(), task.toString());
    }
    assertEquals(6, words.size());
    assertTrue(words.containsValue(List.of("/threads", "first", "second word")), words.toString());
    assertTrue(executables.containsValue("/tmp/gone (deleted)"), executables.toString());
    assertEquals(
        List.of(),
        tasks.values().stream()
            .filter(it -> it.kernelThread() && it.executable().isPresent())
            .toList());
  }

  /** The guest's files are in its memory as a whole: it has no other place for them. */
  private void assertDigests() {
    Map<String, String> sums = new TreeMap<>();
    for (String line : guest.said("sums")) {
      String[] words = line.split(" +", 2);
      sums.put(words[1], words[0]);
    }
    Set<String> compared = new TreeSet<>();
    for (Task task : tasks.values()) {
      task.executable()
          .filter(file -> sums.containsKey(file.path()))
          .ifPresent(
              file -> {
                assertEquals(Optional.of(at(sums, file.path())), file.sha256(), task.toString());
                assertEquals((file.size() + 4095) / 4096, file.residentPages(), task.toString());
                compared.add(file.path());
              });
    }
    assertEquals(sums.keySet(), compared);
  }

  private Map<Long, List<String>> commandLines() {
    Map<Long, List<String>> all = new TreeMap<>();
    List<String> words = new ArrayList<>();
    for (String line : guest.said("cmdline")) {
      if (line.startsWith("pid ")) {
        words = new ArrayList<>();
        all.put(Long.valueOf(line.substring(4)), words);
      } else {
        words.add(line);
      }
    }
    return all;
  }

  private void assertNamespaces() {
    Pattern link = Pattern.compile(".*/proc/(\\d+)/ns/(\\w+) -> \\w+:\\[(\\d+)\\]");
    Map<String, Set<Long>> numbers = new TreeMap<>();
    int compared = 0;
    for (String line : guest.said("ns")) {
      Matcher matcher = link.matcher(line);
      if (matcher.matches()) {
        Namespaces seen = at(tasks, Long.valueOf(matcher.group(1))).namespaces();
        long number = Long.parseLong(matcher.group(3));
        long own =
            switch (matcher.group(2)) {
              case "mnt" -> seen.mnt();
              case "pid" -> seen.pid();
              case "net" -> seen.net();
              case "user" -> seen.user();
              case "uts" -> seen.uts();
              case "ipc" -> seen.ipc();
              case "cgroup" -> seen.cgroup();
              default -> number;
            };
        assertEquals(number, own, line);
        numbers.computeIfAbsent(matcher.group(2), key -> new TreeSet<>()).add(own);
        compared++;
      }
    }
    assertTrue(compared >= 7 * 7, "only " + compared + " compared");
    assertEquals(2, at(numbers, "net").size(), numbers.toString());
    assertEquals(2, at(numbers, "uts").size(), numbers.toString());
  }

  private void assertModules(List<LoadedModule> modules) {
    List<String> seen =
        modules.stream()
            .map(it -> "%s %d %s".formatted(it.name(), it.size(), state(it.state())))
            .toList();
    List<String> said =
        guest.said("modules").stream()
            .map(line -> line.split(" ", -1))
            .map(words -> words[0] + " " + words[1] + " " + words[4])
            .toList();
    assertEquals(said, seen);
    Map<String, Long> texts = new TreeMap<>();
    for (String line : guest.said("sections")) {
      String name = line.substring("/sys/module/".length(), line.indexOf("/sections"));
      texts.put(name, Long.parseUnsignedLong(line.substring(line.indexOf(":0x") + 3), 16));
    }
    for (LoadedModule module : modules) {
      Long text = texts.get(module.name());
      if (text != null) {
        assertTrue(
            module.ranges().stream()
                .filter(range -> range.kind() == ModuleRange.Kind.TEXT)
                .anyMatch(it -> text >= it.start() && text < it.start() + it.size()),
            module.toString());
      }
    }
    System.out.printf("  %d modules%n", modules.size());
  }

  private static String state(ModuleState state) {
    return switch (state) {
      case LIVE -> "Live";
      case COMING -> "Loading";
      default -> "Unloading";
    };
  }

  private void assertMounts(List<Mount> mounts) {
    List<String> seen =
        mounts.stream()
            .map(
                it ->
                    "%s %s %s %s"
                        .formatted(
                            it.source(),
                            it.mountPoint().replace(" ", "\\040"),
                            it.type(),
                            String.join(",", it.options())))
            .toList();
    List<String> said = guest.said("mounts");
    assertEquals(said.size(), seen.size(), said + "\n" + seen);
    for (int i = 0; i < said.size(); i++) {
      // What follows are the file system's own options.
      String line = said.get(i).substring(0, said.get(i).length() - " 0 0".length());
      assertTrue((line + ",").startsWith(seen.get(i) + ","), line + " is not " + seen.get(i));
    }
    assertTrue(seen.contains("source /disk tmpfs ro,noatime"), seen.toString());
  }

  private static <K, V> V at(Map<K, V> map, K key) {
    return Objects.requireNonNull(map.get(key), () -> "nothing for " + key);
  }
}
