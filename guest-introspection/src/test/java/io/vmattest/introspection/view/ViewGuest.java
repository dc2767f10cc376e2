// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.testing.QemuGuest;
import io.vmattest.introspection.testing.SyscallProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A guest with tasks, modules, sockets and mounts of many kinds, and what it says of them. */
final class ViewGuest implements AutoCloseable {
  static final int TCP_PORT = 8080;
  static final int TCP6_PORT = 8081;
  static final int UDP_PORT = 5353;
  static final String UNIX_NAME = "vmattest";

  /** After all is told, two loops of fork, exec and exit keep the kernel's lists moving. */
  private static final String PROBE =
      """
      #!/bin/sh
      mount -t proc proc /proc
      mount -t devtmpfs dev /dev
      mount -t sysfs -o nosuid,nodev,noexec sys /sys
      busybox mkdir /tmp /disk "/a mount"
      mount -t tmpfs -o ro,noatime source /disk
      mount -t tmpfs -o nosuid inner "/a mount"
      exec </dev/null >/dev/ttyS0 2>&1
      busybox stty -F /dev/ttyS1 raw
      busybox ifconfig lo 127.0.0.1
      for m in /modules/*.ko /*.ko; do insmod $m 2>/dev/null; done
      for m in /modules/*.ko /*.ko; do insmod $m 2>/dev/null; done
      for m in /modules/*.ko /*.ko; do insmod $m 2>/dev/null; done
      /threads first "second word" & pids="1 $!"
      /user & pids="$pids $!"
      /sockets & pids="$pids $!"
      busybox cp /threads /tmp/gone
      /tmp/gone & pids="$pids $!"; gone=$!
      busybox unshare -n -u -i /threads apart & pids="$pids $!"
      await() { until busybox grep -q "$1" $2; do usleep 20000; done; }
      await ":1F90 .* 01 " /proc/net/tcp
      await 1F91 /proc/net/tcp6
      await vmattest /proc/net/unix
      await 1000 /proc/net/unix /proc/[0-9]*/status
      for p in $pids; do [ $p = 1 ] || while [ "$(busybox readlink /proc/$p/exe)" = /bin/busybox ]; do usleep 20000; done; done
      busybox rm /tmp/gone
      usleep 300000
      exec 3>&1 >/dev/ttyS1
      echo "## status"; busybox grep -H "" /proc/[0-9]*/status
      echo "## threads"; busybox grep -H "" /proc/[0-9]*/task/[0-9]*/status
      echo "## stat"; busybox grep -H "" /proc/[0-9]*/stat
      echo "## exe"; busybox ls -l /proc/[0-9]*/exe 2>/dev/null
      echo "## sums"; busybox sha256sum /bin/busybox /threads
      echo "## ns"; for p in 2 $pids; do busybox ls -l /proc/$p/ns/*; done
      echo "## cmdline"; for p in $pids; do echo "pid $p"; busybox tr '\\0' '\\n' </proc/$p/cmdline; done
      echo "## fd"; for p in $pids; do busybox ls -l /proc/$p/fd/* 2>/dev/null; done
      echo "## modules"; cat /proc/modules
      echo "## sections"; busybox grep -H "" /sys/module/*/sections/.text
      for f in tcp tcp6 udp udp6 unix; do echo "## $f"; cat /proc/net/$f; done
      echo "## mounts"; cat /proc/mounts
      echo "## end"
      exec >&3
      echo "probe: done"
      (while :; do busybox true; done) &
      while :; do busybox true | busybox true; done
      """;

  private final QemuGuest guest;
  private final Map<String, List<String>> sections;

  private ViewGuest(QemuGuest guest, Map<String, List<String>> sections) {
    this.guest = guest;
    this.sections = sections;
  }

  /** A module that lies beside the kernel is loaded as well as those of the test guest. */
  static ViewGuest start(Path folder, Path kernel, int vcpus)
      throws IOException, InterruptedException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("probe", PROBE.getBytes(StandardCharsets.US_ASCII));
    files.put("threads", new SyscallProgram().thread().elf());
    files.put("user", user());
    files.put("sockets", sockets());
    try (Stream<Path> beside = Files.list(kernel.getParent())) {
      beside
          .filter(path -> path.toString().endsWith(".ko"))
          .forEach(path -> files.put(path.getFileName().toString(), content(path)));
    }
    QemuGuest guest = QemuGuest.start(folder, kernel, "qemu64", vcpus, "", files);
    String told = guest.told();
    Map<String, List<String>> sections = new LinkedHashMap<>();
    for (String part : told.split("(?m)^## ", -1)) {
      List<String> lines = part.lines().toList();
      if (!lines.isEmpty()) {
        sections.put(lines.get(0), lines.subList(1, lines.size()));
      }
    }
    return new ViewGuest(guest, sections);
  }

  QemuGuest guest() {
    return guest;
  }

  /** The lines of what the guest said of a subject. */
  List<String> said(String section) {
    return sections.getOrDefault(section, List.of());
  }

  /**
   * The values of a file's lines "Key: value", by the number that stands behind /proc/ or task/.
   */
  Map<Long, Map<String, String>> keyed(String section) {
    Map<Long, Map<String, String>> all = new LinkedHashMap<>();
    Pattern line = Pattern.compile("/proc/(?:\\d+/task/)?(\\d+)/\\w+:(\\w+):\\s*(.*)");
    for (String text : said(section)) {
      var matcher = line.matcher(text);
      if (matcher.matches()) {
        all.computeIfAbsent(Long.valueOf(matcher.group(1)), key -> new LinkedHashMap<>())
            .put(matcher.group(2), matcher.group(3).strip());
      }
    }
    return all;
  }

  @Override
  public void close() {
    guest.close();
  }

  private static byte[] user() {
    return new SyscallProgram()
        .call(SyscallProgram.SETRESGID, 2000, 2001, 2002)
        .call(SyscallProgram.SETRESUID, 1000, 1001, 1002)
        .elf();
  }

  /** Descriptors 3 to 8; a connection from 8 to 5. */
  private static byte[] sockets() {
    SyscallProgram program = new SyscallProgram();
    long udp = program.data(internet(UDP_PORT, 0));
    long tcp6 = program.data(internet6(TCP6_PORT));
    long tcp = program.data(internet(TCP_PORT, 0x7f000001));
    byte[] name = ("\1\0\0" + UNIX_NAME).getBytes(StandardCharsets.US_ASCII);
    long unix = program.data(name);
    return program
        .call(SyscallProgram.SOCKET, 2, 2, 0)
        .call(SyscallProgram.BIND, 3, udp, 16)
        .call(SyscallProgram.SOCKET, 10, 1, 0)
        .call(SyscallProgram.BIND, 4, tcp6, 28)
        .call(SyscallProgram.LISTEN, 4, 5)
        .call(SyscallProgram.SOCKET, 2, 1, 0)
        .call(SyscallProgram.BIND, 5, tcp, 16)
        .call(SyscallProgram.LISTEN, 5, 5)
        .call(SyscallProgram.SOCKET, 1, 1, 0)
        .call(SyscallProgram.BIND, 6, unix, name.length)
        .call(SyscallProgram.LISTEN, 6, 5)
        .call(SyscallProgram.SOCKET, 16, 3, 0)
        .call(SyscallProgram.SOCKET, 2, 1, 0)
        .call(SyscallProgram.CONNECT, 8, tcp, 16)
        .elf();
  }

  private static byte[] internet(int port, int address) {
    return ByteBuffer.allocate(16)
        .putShort((short) 0x0200)
        .putShort((short) port)
        .putInt(address)
        .array();
  }

  private static byte[] internet6(int port) {
    return ByteBuffer.allocate(28).putShort((short) 0x0a00).putShort((short) port).array();
  }

  private static byte[] content(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
