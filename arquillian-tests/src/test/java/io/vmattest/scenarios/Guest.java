// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real guest, gone when closed. */
final class Guest implements AutoCloseable {
  private static final Pattern HOST_ADDRESS = Pattern.compile("is (0x[0-9a-f]+)");
  private static final Pattern TICK = Pattern.compile("tick (\\d+)\r");
  private static final Pattern MAC = Pattern.compile("([0-9a-f]{2}:){5}[0-9a-f]{2}");
  private static final String MEBIBYTES = "128";
  private static final String SECONDS = "60";

  private final Testbed testbed;
  private final String name;
  private final String id;

  private Guest(Testbed testbed, String name, String id) {
    this.testbed = testbed;
    this.name = name;
    this.id = id;
  }

  /** Starts one with 128 MiB and waits until it ticks. */
  static Guest start(Testbed testbed, String name) {
    return start(testbed, name, Map.of());
  }

  /** One that has a network interface, too. */
  static Guest startWithNetwork(Testbed testbed, String name) {
    return start(testbed, name, Map.of("GUEST_NETWORK", "yes"));
  }

  private static Guest start(Testbed testbed, String name, Map<String, String> variables) {
    String printed =
        testbed.scriptWith(
            variables,
            "guest.sh",
            "start",
            testbed.guestCache().toString(),
            testbed.guests().toString(),
            name,
            "1",
            MEBIBYTES);
    return new Guest(testbed, name, printed.lines().reduce("", (first, last) -> last));
  }

  String name() {
    return name;
  }

  String id() {
    return id;
  }

  String state() {
    return testbed.virsh("domstate", name);
  }

  void suspend() {
    testbed.virsh("suspend", name);
  }

  void resume() {
    testbed.virsh("resume", name);
  }

  /** Whether the link of its network interface is down, as libvirt says. */
  boolean isCutOff() {
    return testbed.virsh("domif-getlink", name, interfaceAddress()).endsWith("down");
  }

  void cutOff() {
    testbed.virsh("domif-setlink", name, interfaceAddress(), "down");
  }

  private String interfaceAddress() {
    Matcher address = MAC.matcher(testbed.virsh("domiflist", name));
    if (!address.find()) {
      throw new AssertionError("no network interface of " + name);
    }
    return address.group();
  }

  String monitor(String command) {
    return testbed.virsh("qemu-monitor-command", name, "--hmp", command);
  }

  long tick() {
    return Long.parseLong(testbed.script("guest.sh", "tick", testbed.guests().toString(), name));
  }

  /** Waits for a later tick, and gives it: the guest runs. */
  long nextTick() {
    return awaitTickBeyond(tick());
  }

  /** Waits for one more tick of whatever number: it may have been put back. */
  void awaitAnotherTick() {
    long before = ticks();
    Await.until("a tick", Duration.ofSeconds(Long.parseLong(SECONDS)), () -> ticks() > before);
  }

  private long ticks() {
    return TICK.matcher(Serial.of(testbed.guests().resolve(name + ".serial"))).results().count();
  }

  long awaitTickBeyond(long tick) {
    return Long.parseLong(
        testbed.script(
            "guest.sh", "await", testbed.guests().toString(), name, Long.toString(tick), SECONDS));
  }

  /** Whether it once counted on from an earlier number than the one before. */
  boolean wentBack() {
    long last = 0;
    Matcher ticks = TICK.matcher(Serial.of(testbed.guests().resolve(name + ".serial")));
    while (ticks.find()) {
      long tick = Long.parseLong(ticks.group(1));
      if (tick < last) {
        return true;
      }
      last = tick;
    }
    return false;
  }

  /** Whether memory and disk ever disagreed, as the guest itself found. */
  boolean sawMismatch() {
    return Serial.of(testbed.guests().resolve(name + ".serial")).contains("mismatch");
  }

  /** Clears SMEP and SMAP, as a rootkit would that wants to run code of a process. */
  void clearSmep() {
    // The folder in which libvirt lets QEMU make sockets; libvirtd sees it under the usual name.
    String folder = "domain-" + testbed.virsh("domid", name) + "-" + name;
    monitor("gdbserver unix:/var/lib/libvirt/qemu/" + folder + "/gdb.sock,server=on,wait=off");
    try {
      Path socket = testbed.libvirt().resolve("lib/qemu").resolve(folder).resolve("gdb.sock");
      testbed.script("tamper.py", "cr4", socket.toString(), "--clear", "20,21");
    } finally {
      monitor("gdbserver none");
    }
  }

  /** Changes one byte of its memory without its doing anything. */
  void poke(long guestPhysicalAddress) {
    Matcher address =
        HOST_ADDRESS.matcher(monitor("gpa2hva 0x" + Long.toHexString(guestPhysicalAddress)));
    if (!address.find()) {
      throw new AssertionError("no host address for " + guestPhysicalAddress);
    }
    testbed.script("tamper.py", "poke", Long.toString(process()), "--hva", address.group(1));
  }

  /** libvirt's, of its QEMU. */
  Path pidFile() {
    return testbed.libvirt().resolve("run/qemu").resolve(name + ".pid");
  }

  private long process() {
    try {
      return Long.parseLong(Files.readString(pidFile()).strip());
    } catch (IOException e) {
      throw new AssertionError("no process of " + name, e);
    }
  }

  @Override
  public void close() {
    testbed.script("guest.sh", "remove", testbed.guests().toString(), name);
  }
}
