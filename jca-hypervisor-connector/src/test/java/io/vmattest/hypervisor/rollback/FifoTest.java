// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.tee.NativeFile;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class FifoTest {
  @TempDir Path folder;

  @Test
  void itIsWrittenBeforeWhoeverReadsItHasComeAndReadWhileItsWriterStays() throws Exception {
    try (Fifo fifo = Fifo.make(folder)) {
      assertEquals(0, fifo.unread());
      try (OutputStream out = new FileOutputStream(fifo.path().toFile())) {
        out.write(new byte[] {1, 2, 3});
        assertEquals(3, fifo.unread());
        try (InputStream in = new FileInputStream(fifo.path().toFile())) {
          assertEquals(3, in.readNBytes(3).length);
          assertEquals(0, fifo.unread());
          out.close();
          assertEquals(-1, in.read());
        }
      }
    }
  }

  @Test
  void aWriterOfAnAbandonedOneFails() throws Exception {
    try (Fifo fifo = Fifo.make(folder);
        OutputStream out = new FileOutputStream(fifo.path().toFile())) {
      out.write(1);
      fifo.abandon();
      assertThrows(IOException.class, () -> out.write(1));
      assertEquals(0, fifo.unread());
    }
  }

  @Test
  void aWriterNeedNotWaitAndNothingIsLeft() throws Exception {
    Path path;
    try (Fifo fifo = Fifo.make(folder);
        NativeFile writer = NativeFile.openFifoForWriting(fifo.path(), Duration.ZERO)) {
      path = fifo.path();
      assertEquals(0, fifo.unread());
    }
    assertFalse(Files.exists(path));
  }
}
