// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Tells one QEMU process from every other that a domain ever had: by this boot of the host, and by
 * the numbers of its vCPUs' threads with the ticks at which they started. A domain's own number
 * would not do: libvirtd counts from the start again after a reboot.
 */
final class ProcessIdentity {
  /** Field 22 of proc(5)'s stat, counted from the one after the name in parentheses. */
  private static final int START_TIME = 19;

  private final Path proc;

  ProcessIdentity(Path proc) {
    this.proc = proc;
  }

  static ProcessIdentity onThisHost() {
    return new ProcessIdentity(Path.of("/proc"));
  }

  /** The identity of an active domain's process. */
  String of(GuestDomain domain) throws LibvirtFailure, IOException {
    JsonValue vcpus = new Qmp(domain).execute("query-cpus-fast");
    try {
      return of(
          vcpus.asJsonArray().getValuesAs(JsonObject.class).stream()
              .map(vcpu -> vcpu.getJsonNumber("thread-id").longValueExact())
              .toList());
    } catch (ClassCastException | NullPointerException | ArithmeticException e) {
      throw new IOException("QEMU does not tell the threads of its vCPUs", e);
    }
  }

  String of(List<Long> threads) throws IOException {
    String boot = Files.readString(proc.resolve("sys/kernel/random/boot_id")).strip();
    return threads.stream()
        .map(thread -> thread + "@" + startTime(thread))
        .collect(Collectors.joining(" ", boot + " ", ""));
  }

  /** "?" where /proc hides other users' processes: the rest of the identity has to do then. */
  private String startTime(long thread) {
    try {
      String stat = Files.readString(proc.resolve(thread + "/stat"));
      return stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1)[START_TIME];
    } catch (IOException | IndexOutOfBoundsException e) {
      return "?";
    }
  }
}
