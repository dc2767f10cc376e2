// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.testing.KernelPackages;
import io.vmattest.introspection.memory.VcpuRegisters;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * A guest under QEMU whose RAM is a file, and that tells its own symbols on a second serial line.
 */
public final class QemuGuest implements AutoCloseable {
  private static final Path SCRIPTS = Path.of(System.getProperty("vmattest.scripts", "../bin/lib"));
  private static final Path CACHE = Path.of("/var/cache/vmattest/guest");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String DONE = "probe: done";

  /** At the end it stays in user mode, where page-table isolation shows other page tables. */
  private static final String PROBE =
      """
      #!/bin/sh
      mount -t proc proc /proc
      mount -t devtmpfs dev /dev
      exec </dev/null >/dev/ttyS0 2>&1
      for module in /module-*.ko; do [ ! -e "$module" ] || insmod "$module"; done
      busybox stty -F /dev/ttyS1 raw
      busybox gzip -c /proc/kallsyms >/dev/ttyS1
      echo "release $(busybox uname -r)"
      echo "probe: done"
      while :; do :; done
      """;

  private static final Pattern REGISTERS =
      Pattern.compile(
          "GS =[0-9a-f]{4} ([0-9a-f]{16}).*?IDT= +([0-9a-f]{16})"
              + ".*?CR0=([0-9a-f]+).*?CR3=([0-9a-f]+) CR4=([0-9a-f]+)");

  /** What the kernel says of a guest whose timer interrupt never came (Linux, kernel/rcu). */
  private static final String TIMER_LOST = "Possible timer handling issue";

  private final Path folder;
  private final Process process;

  private QemuGuest(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
  }

  /** Why there can be no guest here; empty if there can. Makes its kernel where it is absent. */
  public static Optional<String> impediment() throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of("/usr/bin/qemu-system-x86_64"))) {
      return Optional.of("no qemu-system-x86_64");
    }
    if (Files.exists(CACHE.resolve("vmlinuz")) && Files.exists(CACHE.resolve("initramfs"))) {
      return Optional.empty();
    }
    Process build =
        new ProcessBuilder(
                "bash", SCRIPTS.resolve("guest.sh").toString(), "build", CACHE.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return build.waitFor() == 0 ? Optional.empty() : Optional.of(output);
  }

  /** Skips what needs a guest where there can be none, and says why. */
  public static void require() throws IOException, InterruptedException {
    Optional<String> impediment = impediment();
    if (impediment.isPresent()) {
      System.out.println("SKIPPED: no guest: " + impediment.get());
      abort("no guest: " + impediment.get());
    }
  }

  /** The kernels of the distributions' packages, unpacked into the test's folder. */
  public static List<Path> kernels(Path folder)
      throws IOException, InterruptedException, MalformedImageException {
    List<Path> kernels = new ArrayList<>();
    for (Path deb : KernelPackages.all()) {
      kernels.add(KernelPackages.vmlinuz(deb, folder));
    }
    return kernels;
  }

  /**
   * Starts a guest of 256 MiB with two vCPUs and waits until it has told all.
   *
   * @param folder empty; deleted by the caller
   * @param words for the kernel's command line
   */
  public static QemuGuest start(Path folder, Path kernel, String cpu, String words)
      throws IOException, InterruptedException {
    return start(folder, kernel, cpu, words, List.of());
  }

  /**
   * The same with modules.
   *
   * @param modules loaded in this order
   */
  public static QemuGuest start(
      Path folder, Path kernel, String cpu, String words, List<byte[]> modules)
      throws IOException, InterruptedException {
    Map<String, byte[]> files = new HashMap<>();
    files.put("probe", PROBE.getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < modules.size(); i++) {
      files.put("module-%03d.ko".formatted(i), modules.get(i));
    }
    QemuGuest guest = start(folder, kernel, cpu, 2, words, files);
    try {
      guest.awaitThat(() -> !guest.ownSymbols().isEmpty());
      return guest;
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      guest.close();
      throw e;
    }
  }

  /**
   * Starts a guest of 256 MiB and waits until its probe has said that it is done.
   *
   * @param files for the root folder; "probe" is what the guest runs
   */
  public static QemuGuest start(
      Path folder, Path kernel, String cpu, int vcpus, String words, Map<String, byte[]> files)
      throws IOException, InterruptedException {
    try (var initramfs = Files.newOutputStream(folder.resolve("initramfs"))) {
      byte[] first = Files.readAllBytes(CACHE.resolve("initramfs"));
      initramfs.write(Arrays.copyOf(first, first.length + 3 & -4)); // An archive begins aligned.
      initramfs.write(Initramfs.withFiles(files));
    }
    List<String> command =
        List.of(
            "qemu-system-x86_64",
            "-nodefaults",
            "-display",
            "none",
            "-accel",
            "tcg",
            "-machine",
            "q35,memory-backend=ram",
            "-cpu",
            cpu,
            "-smp",
            String.valueOf(vcpus),
            "-m",
            "256",
            "-object",
            "memory-backend-file,id=ram,size=256M,share=on,mem-path=" + folder.resolve("ram"),
            "-kernel",
            kernel.toString(),
            "-initrd",
            folder.resolve("initramfs").toString(),
            "-append",
            "console=ttyS0 quiet panic=-1 rdinit=/probe " + words,
            "-serial",
            "file:" + folder.resolve("serial"),
            "-serial",
            "file:" + folder.resolve("kallsyms.gz"),
            "-qmp",
            "unix:" + folder.resolve("qmp") + ",server=on,wait=off");
    try {
      return boot(folder, command);
    } catch (TimerLostError e) {
      System.out.println("RETRIED: " + e.getMessage());
      return boot(folder, command);
    }
  }

  private static QemuGuest boot(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    QemuGuest guest = new QemuGuest(folder, process);
    try {
      guest.awaitThat(() -> guest.serial().contains(DONE));
      return guest;
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      guest.close();
      throw e;
    }
  }

  /** Stops it and tells its vCPUs' registers; its memory no longer changes. */
  public List<VcpuRegisters> stop() throws IOException {
    try (Qmp qmp = new Qmp(folder.resolve("qmp"))) {
      qmp.execute("stop", "{}");
      String text =
          qmp.execute("human-monitor-command", "{\"command-line\":\"info registers -a\"}");
      List<VcpuRegisters> vcpus = new ArrayList<>();
      for (Matcher matcher = REGISTERS.matcher(text); matcher.find(); ) {
        vcpus.add(
            new VcpuRegisters(
                hex(matcher.group(3)),
                hex(matcher.group(4)),
                hex(matcher.group(5)),
                hex(matcher.group(2)),
                hex(matcher.group(1)),
                OptionalLong.empty()));
      }
      return vcpus;
    }
  }

  /** Goes on after {@link #stop}. */
  public void resume() throws IOException {
    try (Qmp qmp = new Qmp(folder.resolve("qmp"))) {
      qmp.execute("cont", "{}");
    }
  }

  /** What a probe wrote to its second serial line. */
  public String told() throws IOException {
    return Files.readString(folder.resolve("kallsyms.gz"), StandardCharsets.ISO_8859_1);
  }

  public Path ram() {
    return folder.resolve("ram");
  }

  /** QEMU's own dump of the memory, as virsh dump --memory-only has it made. */
  public Path dump() throws IOException {
    Path core = folder.resolve("core");
    try (Qmp qmp = new Qmp(folder.resolve("qmp"))) {
      qmp.execute(
          "dump-guest-memory", "{\"paging\":false,\"protocol\":\"file:%s\"}".formatted(core));
    }
    return core;
  }

  /** What uname -r said. */
  public String release() {
    return serial()
        .lines()
        .filter(line -> line.startsWith("release "))
        .map(line -> line.substring("release ".length()).strip())
        .findFirst()
        .orElseThrow();
  }

  /** The lines of /proc/kallsyms; empty as long as they are not all there. */
  public List<String> ownSymbols() {
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(folder.resolve("kallsyms.gz")))) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).lines().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String serial() {
    try {
      return Files.readString(folder.resolve("serial"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  private void awaitThat(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end || !process.isAlive()) {
        throw new AssertionError("the guest does not tell its symbols: " + serial());
      }
      if (serial().contains(TIMER_LOST)) {
        throw new TimerLostError();
      }
      Thread.sleep(50);
    }
  }

  /** The emulator now and then loses a timer interrupt of a guest, which then stands for good. */
  private static final class TimerLostError extends AssertionError {
    private static final long serialVersionUID = 1;

    TimerLostError() {
      super("the emulator lost the guest's timer, as its kernel says: " + TIMER_LOST);
    }
  }

  private static long hex(String digits) {
    return Long.parseUnsignedLong(digits, 16);
  }
}
