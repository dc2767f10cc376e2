// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuEndTest {
  private static final UUID VM = UUID.fromString("01a556b0-a61b-40ba-8dd0-fd8224a53e2f");
  private static final String QEMU = "/usr/bin/qemu-system-x86_64\0-name\0guest=a\0-uuid\0%s\0-S\0";

  @TempDir Path proc;

  @Test
  void theProcessIsTheOneThatWasStartedWithTheMachinesUuid() throws Exception {
    ProcessHandle own = ProcessHandle.current();
    process(own, QEMU.formatted(VM));
    process(parent(), QEMU.formatted(UUID.randomUUID()));
    Files.createDirectories(proc.resolve("sys"));
    assertEquals(Optional.of(own), new QemuEnd(proc).process(VM));
  }

  @Test
  void aProcessThatOnlyNamesTheMachineIsNotTakenForIt() throws Exception {
    process(ProcessHandle.current(), "virsh\0destroy\0" + VM + "\0");
    process(parent(), "qemu\0-name\0-uuid " + VM + "\0");
    assertEquals(Optional.empty(), new QemuEnd(proc).process(VM));
  }

  @Test
  void ofTwoNoneIsTaken() throws Exception {
    process(ProcessHandle.current(), QEMU.formatted(VM));
    process(parent(), QEMU.formatted(VM));
    assertEquals(Optional.empty(), new QemuEnd(proc).process(VM));
  }

  @Test
  void whereProcessesCannotBeSeenThereIsNone() {
    assertEquals(Optional.empty(), new QemuEnd(proc.resolve("none")).process(VM));
  }

  private static ProcessHandle parent() {
    return ProcessHandle.current().parent().orElseThrow();
  }

  private void process(ProcessHandle handle, String commandLine) throws IOException {
    Path folder = Files.createDirectories(proc.resolve(String.valueOf(handle.pid())));
    Files.writeString(folder.resolve("cmdline"), commandLine, StandardCharsets.ISO_8859_1);
  }
}
