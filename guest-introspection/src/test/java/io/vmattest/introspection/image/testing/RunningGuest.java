// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A guest that QEMU emulates, its memory in a file. */
public final class RunningGuest implements AutoCloseable {
  private static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");
  private static final int MEMORY = 256 << 20;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Process qemu;
  private final Path memory;

  private RunningGuest(Process qemu, Path memory) {
    this.qemu = qemu;
    this.memory = memory;
  }

  public static boolean isPossible() {
    return Files.isExecutable(QEMU);
  }

  /**
   * Boots a kernel and waits until its init runs.
   *
   * @param options of QEMU, beyond what is needed
   */
  public static RunningGuest start(byte[] bzImage, Path folder, List<String> options)
      throws IOException, InterruptedException {
    Path memory = folder.resolve("memory");
    Path console = folder.resolve("console");
    List<String> command = new ArrayList<>(List.of(QEMU.toString(), "-nodefaults", "-no-reboot"));
    command.addAll(List.of("-machine", "q35,accel=tcg,memory-backend=ram", "-m", "256"));
    command.addAll(
        List.of(
            "-object",
            "memory-backend-file,id=ram,share=on,size=%d,mem-path=%s".formatted(MEMORY, memory)));
    command.addAll(List.of("-kernel", Files.write(folder.resolve("kernel"), bzImage).toString()));
    command.addAll(
        List.of(
            "-initrd", Files.write(folder.resolve("initramfs"), TinyInitramfs.bytes()).toString()));
    command.addAll(List.of("-append", "console=ttyS0 panic=-1", "-display", "none"));
    command.addAll(List.of("-serial", "file:" + console));
    command.addAll(options);
    Process qemu =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("qemu.log").toFile())
            .start();
    RunningGuest guest = new RunningGuest(qemu, memory);
    try {
      guest.await(console, folder.resolve("qemu.log"));
    } catch (IOException | InterruptedException e) {
      guest.close();
      throw e;
    }
    return guest;
  }

  private void await(Path console, Path log) throws IOException, InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (!text(console).contains(TinyInitramfs.SAYS)) {
      if (!qemu.isAlive() || Instant.now().isAfter(end)) {
        throw new IOException("no guest came up: " + text(log) + text(console));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
  }

  public int memorySize() {
    return MEMORY;
  }

  /** Physical memory, below the hole for devices. */
  public byte[] read(long address, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (FileChannel file = FileChannel.open(memory)) {
      while (bytes.hasRemaining() && file.read(bytes, address + bytes.position()) > 0) {}
    }
    return bytes.array();
  }

  @Override
  public void close() {
    qemu.destroyForcibly();
    qemu.onExit().join();
  }
}
