// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A domain's QEMU, so that no later process with the same number is taken for it.
 *
 * @param startTime clock ticks since the host's boot (proc(5), stat, field 22)
 */
record QemuProcess(long pid, long startTime) {
  private static final Path PROC = Path.of("/proc");

  private static final Pattern GROUP = Pattern.compile("^Tgid:\\s+(\\d{1,10})$", Pattern.MULTILINE);

  /** Field 22 of stat, counted from the one after the name in parentheses. */
  private static final int START_TIME = 19;

  /**
   * @throws IOException if its process cannot be seen from here
   */
  static QemuProcess of(GuestDomain domain) throws LibvirtFailure, IOException {
    long thread = vcpuThread(new Qmp(domain).execute("query-cpus-fast"));
    Matcher group = GROUP.matcher(Files.readString(PROC.resolve(thread + "/status")));
    if (!group.find()) {
      throw new IOException("/proc does not say whose thread " + thread + " is");
    }
    long pid = Long.parseLong(group.group(1));
    return new QemuProcess(pid, startTimeIn(Files.readString(PROC.resolve(pid + "/stat"))));
  }

  private static long vcpuThread(JsonValue vcpus) throws IOException {
    try {
      return vcpus.asJsonArray().getJsonObject(0).getJsonNumber("thread-id").longValueExact();
    } catch (ClassCastException
        | NullPointerException
        | ArithmeticException
        | IndexOutOfBoundsException e) {
      throw new IOException("QEMU does not tell the threads of its vCPUs", e);
    }
  }

  /** The name may hold spaces and parentheses. */
  static long startTimeIn(String stat) throws IOException {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    try {
      return Long.parseLong(fields[START_TIME]);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new IOException("no stat of a process: " + stat, e);
    }
  }

  /** Whether it runs still, and is no other with its number. */
  boolean isThere() {
    try {
      return startTimeIn(Files.readString(PROC.resolve(pid + "/stat"))) == startTime;
    } catch (IOException e) {
      return false;
    }
  }
}
