// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFileTest {
  @TempDir Path directory;

  private static boolean isOpen(int descriptor) {
    return Files.exists(Path.of("/proc/self/fd/" + descriptor));
  }

  @Test
  void whatIsClosedIsClosedOnceAndHasNoDescriptor() throws Exception {
    NativeFile file = NativeFile.openDirectory(directory);
    int descriptor = file.descriptor();
    assertTrue(isOpen(descriptor));
    file.close();
    file.close();
    assertFalse(isOpen(descriptor));
    assertThrows(IllegalStateException.class, file::descriptor);
  }

  @Test
  void whatIsMissingIsAStorageFailureThatNamesIt() {
    StorageException e =
        assertThrows(
            StorageException.class, () -> NativeFile.openDirectory(directory.resolve("missing")));
    assertEquals(Errno.ENOENT, e.errno());
    assertTrue(e.detail().contains("missing"), e::detail);
    assertFalse(e.noSpace());
  }

  @Test
  void aFileIsNoDirectory() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertThrows(StorageException.class, () -> NativeFile.openDirectory(file));
  }

  @Test
  void anExistingFileIsNotOverwritten() throws Exception {
    Path file = directory.resolve("file");
    NativeFile.create(file).close();
    assertThrows(StorageException.class, () -> NativeFile.create(file));
  }

  @Test
  void aSymbolicLinkIsNotFollowed() throws Exception {
    Path link =
        Files.createSymbolicLink(
            directory.resolve("link"), Files.createFile(directory.resolve("file")));
    assertThrows(TeeException.class, () -> NativeFile.openForReading(link));
  }

  private Path fifo() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    return fifo;
  }

  @Test
  void aFifoThatNobodyReadsIsGivenUp() throws Exception {
    Path fifo = fifo();
    assertThrows(
        DeadlineException.class, () -> NativeFile.openFifoForWriting(fifo, Duration.ofMillis(50)));
  }

  @Test
  void aFifoOpensAsSoonAsSomebodyReadsIt() throws Exception {
    Path fifo = fifo();
    CompletableFuture<Integer> read =
        CompletableFuture.supplyAsync(
            () -> {
              try (InputStream in = Files.newInputStream(fifo)) {
                return in.read();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    NativeFile.openFifoForWriting(fifo, Duration.ofSeconds(30)).close();
    assertEquals(-1, read.get(30, TimeUnit.SECONDS));
  }

  @Test
  void theEndsOfASocketPairAreTwoOpenSockets() throws Exception {
    try (SocketPair pair = SocketPair.create()) {
      assertTrue(isOpen(pair.module().descriptor()));
      assertTrue(isOpen(pair.hypervisor().descriptor()));
      pair.hypervisor().close();
      assertTrue(isOpen(pair.module().descriptor()));
    }
  }
}
