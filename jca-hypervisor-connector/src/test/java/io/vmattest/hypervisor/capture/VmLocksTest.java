// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmLocksTest {
  @TempDir Path folder;
  private final UUID vm = UUID.randomUUID();

  @Test
  void oneAtATime() throws HypervisorException {
    VmLocks locks = new VmLocks(folder);
    try (VmLocks.Held held = locks.acquire(vm)) {
      assertTrue(locks.isHeld(vm));
      assertBusy(locks);
      locks.acquire(UUID.randomUUID()).close();
    }
    assertFalse(locks.isHeld(vm));
    locks.acquire(vm).close();
  }

  @Test
  void anotherProcessIsKeptOut() throws Exception {
    try (ForeignLock foreign = ForeignLock.take(folder.resolve(vm.toString()))) {
      VmLocks locks = new VmLocks(folder);
      assertBusy(locks);
      foreign.close();
      locks.acquire(vm).close();
    }
  }

  private void assertBusy(VmLocks locks) {
    HypervisorException busy = assertThrows(HypervisorException.class, () -> locks.acquire(vm));
    assertEquals(Reason.CAPTURE_IN_PROGRESS, busy.reason());
  }

  /** A lock of another Java process on a file. */
  private record ForeignLock(Process process) implements AutoCloseable {
    private static final String PROGRAM =
        """
        import java.nio.channels.FileChannel;
        import java.nio.file.*;
        public class Lock {
          public static void main(String[] a) throws Exception {
            var c = FileChannel.open(Path.of(a[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            c.lock();
            System.out.println("locked");
            System.in.read();
          }
        }
        """;

    static ForeignLock take(Path file) throws IOException {
      Path source = file.resolveSibling("Lock.java");
      java.nio.file.Files.writeString(source, PROGRAM);
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      Process process =
          new ProcessBuilder(java, source.toString(), file.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      assertEquals("locked", process.inputReader().readLine());
      return new ForeignLock(process);
    }

    @Override
    public void close() throws IOException, InterruptedException {
      process.getOutputStream().close();
      process.waitFor();
    }
  }
}
