// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class QemuProcessTest {
  @Test
  void theStartTimeIsFoundBehindAnyName() throws Exception {
    String fields = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
    assertEquals(4711, QemuProcess.startTimeIn("9 (qemu-system-x86) " + fields));
    assertEquals(4711, QemuProcess.startTimeIn("9 (a) b) (c 1 2 3) " + fields + "\n"));
    assertThrows(IOException.class, () -> QemuProcess.startTimeIn("9 (a) S 1 2"));
    assertThrows(IOException.class, () -> QemuProcess.startTimeIn(""));
  }

  @Test
  void anotherProcessWithItsNumberIsAnother() throws Exception {
    long pid = ProcessHandle.current().pid();
    long start = QemuProcess.startTimeIn(Files.readString(Path.of("/proc/self/stat")));
    assertTrue(new QemuProcess(pid, start).isThere());
    assertFalse(new QemuProcess(pid, start + 1).isThere());
    assertFalse(new QemuProcess(Integer.MAX_VALUE, start).isThere());
  }
}
