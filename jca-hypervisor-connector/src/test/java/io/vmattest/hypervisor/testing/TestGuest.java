// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A real guest under libvirt that counts on its serial line and its disk; see bin/lib/guest.sh. */
public final class TestGuest implements AutoCloseable {
  private static final Path SCRIPTS = Path.of(System.getProperty("vmattest.scripts", "../bin/lib"));
  private static final Path CACHE = Path.of("/var/cache/vmattest/guest");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path folder;
  private final String name;
  private final UUID id;
  private final String uri;

  private TestGuest(String uri, Path folder, String name, UUID id) {
    this.uri = uri;
    this.folder = folder;
    this.name = name;
    this.id = id;
  }

  /**
   * Starts a guest; libvirt too if it does not answer.
   *
   * @param folder that QEMU's user can reach
   */
  public static TestGuest start(Path folder, int vcpus) throws IOException, InterruptedException {
    startLibvirt();
    return start(TestHost.SYSTEM, folder, vcpus);
  }

  /** Starts a guest on a libvirt that answers. */
  public static TestGuest start(String uri, Path folder, int vcpus)
      throws IOException, InterruptedException {
    return start(uri, folder, vcpus, Map.of());
  }

  /**
   * Starts a guest on a libvirt that answers.
   *
   * @param settings what guest.sh takes from its environment, such as GUEST_MACHINE
   */
  public static TestGuest start(String uri, Path folder, int vcpus, Map<String, String> settings)
      throws IOException, InterruptedException {
    String name = "connector-it-" + UUID.randomUUID().toString().substring(0, 8);
    String uuid =
        guestScript(
            uri,
            settings,
            "start",
            CACHE.toString(),
            folder.toString(),
            name,
            Integer.toString(vcpus));
    return new TestGuest(uri, folder, name, UUID.fromString(uuid.strip()));
  }

  public static Path script(String name) {
    return SCRIPTS.resolve(name);
  }

  private static String guestScript(String uri, Map<String, String> settings, String... words)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("env", "LIBVIRT_URI=" + uri));
    settings.forEach((name, value) -> line.add(name + "=" + value));
    line.add(script("guest.sh").toString());
    line.addAll(List.of(words));
    return run(line.toArray(String[]::new));
  }

  /** Starts libvirt if it does not answer. */
  public static void startLibvirt() throws IOException, InterruptedException {
    run(SCRIPTS.resolve("libvirt.sh").toString(), "start", "/run/vmattest-libvirt");
  }

  /** The distribution's package of its kernel; there is one once a guest was started. */
  public static Path kernelPackage() {
    return CACHE.resolve("kernel.deb");
  }

  /** The one program that the guest has, as its initramfs brings it. */
  public static byte[] busybox() throws IOException, InterruptedException {
    String[] unpack = {
      "sh",
      "-c",
      "gzip -dc \"$0\" | cpio --quiet -i --to-stdout '*bin/busybox'",
      CACHE + "/initramfs"
    };
    Process process =
        new ProcessBuilder(unpack).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    byte[] bytes = process.getInputStream().readAllBytes();
    if (process.waitFor() != 0 || bytes.length == 0) {
      throw new IOException("the guest's initramfs has no busybox");
    }
    return bytes;
  }

  public UUID id() {
    return id;
  }

  public String name() {
    return name;
  }

  /** The lines of the serial log. */
  public List<String> serial() throws IOException {
    String text =
        new String(Files.readAllBytes(folder.resolve(name + ".serial")), StandardCharsets.US_ASCII);
    // The last one may be half written.
    int end = text.lastIndexOf('\n');
    return end < 0 ? List.of() : text.substring(0, end).replace("\r", "").lines().toList();
  }

  /** All ticks so far, in the order in which they were printed. */
  public List<Integer> ticks() throws IOException {
    return Ticks.of(serial());
  }

  public int lastTick() throws IOException {
    List<Integer> ticks = ticks();
    return ticks.isEmpty() ? 0 : ticks.get(ticks.size() - 1);
  }

  /** Waits until a tick beyond that one was printed, and says how long that took. */
  public Duration awaitTickBeyond(int tick) throws IOException, InterruptedException {
    long began = System.nanoTime();
    awaitThat("the guest ticks", () -> newestTick() > tick);
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private int newestTick() {
    try {
      return lastTick();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Waits until so many ticks more were printed than there are now. */
  public void awaitTicks(int more) throws IOException, InterruptedException {
    int wanted = ticks().size() + more;
    awaitThat("the guest ticks", () -> size() >= wanted);
  }

  private int size() {
    try {
      return ticks().size();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A line that says that disk and memory do not belong together. */
  public Optional<String> mismatch() throws IOException {
    return serial().stream().filter(line -> line.startsWith("mismatch")).findFirst();
  }

  public static void awaitThat(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end >= 0) {
        throw new AssertionError("not within " + PATIENCE + ": " + what);
      }
      Thread.sleep(20);
    }
  }

  /** A virsh command on this guest. */
  public String virsh(String command, String... arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("virsh", "-q", "-c", uri, command, name));
    line.addAll(List.of(arguments));
    return run(line.toArray(String[]::new));
  }

  public String state() throws IOException, InterruptedException {
    return virsh("domstate").strip();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    guestScript(uri, Map.of(), "remove", folder.toString(), name);
  }

  /** Runs a program to its end and gives what it printed. */
  public static String run(String... command) throws IOException, InterruptedException {
    Path errors = Files.createTempFile("vmattest", ".err");
    try {
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", command) + ": " + Files.readString(errors) + output);
      }
      return output;
    } finally {
      Files.delete(errors);
    }
  }

  /** A fresh folder that QEMU's user can reach, with a short name. */
  public static Path folder() throws IOException {
    Path folder = Files.createTempDirectory(Path.of("/var/tmp"), "vmattest-it");
    Files.setPosixFilePermissions(
        folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwx--x--x"));
    return folder;
  }

  public static void deleteFolder(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.sorted(java.util.Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }
}
