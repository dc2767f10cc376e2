// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessIdentityTest {
  @TempDir Path proc;
  private ProcessIdentity identity;

  @BeforeEach
  void boot() throws IOException {
    identity = new ProcessIdentity(proc);
    Files.createDirectories(proc.resolve("sys/kernel/random"));
    boot("1f6f2b0e");
    thread(100, 5000);
    thread(101, 5001);
  }

  private void boot(String id) throws IOException {
    Files.writeString(proc.resolve("sys/kernel/random/boot_id"), id + "\n");
  }

  private void thread(long number, long started) throws IOException {
    Files.createDirectories(proc.resolve(Long.toString(number)));
    Files.writeString(
        proc.resolve(number + "/stat"),
        number + " (CPU 0) /KVM) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " + started + " 9");
  }

  @Test
  void theSameProcessStaysTheSame() throws IOException {
    assertEquals(identity.of(List.of(100L, 101L)), identity.of(List.of(100L, 101L)));
    assertEquals("1f6f2b0e 100@5000 101@5001", identity.of(List.of(100L, 101L)));
  }

  @Test
  void theSameNumbersAfterARebootAreAnotherProcess() throws IOException {
    String before = identity.of(List.of(100L));
    boot("99aa77cc");
    assertNotEquals(before, identity.of(List.of(100L)));
  }

  @Test
  void aNumberThatIsUsedAgainIsAnotherProcess() throws IOException {
    String before = identity.of(List.of(100L));
    thread(100, 9000);
    assertNotEquals(before, identity.of(List.of(100L)));
  }

  @Test
  void otherThreadsAreAnotherProcess() throws IOException {
    assertNotEquals(identity.of(List.of(100L)), identity.of(List.of(101L)));
  }

  @Test
  void aHiddenThreadIsKnownByItsNumberAlone() throws IOException {
    assertEquals("1f6f2b0e 7@?", identity.of(List.of(7L)));
  }
}
