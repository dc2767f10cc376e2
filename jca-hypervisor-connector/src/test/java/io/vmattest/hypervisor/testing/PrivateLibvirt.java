// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A libvirtd of the test's own, which may be away for a while; see bin/lib/libvirt-private.sh. */
public final class PrivateLibvirt implements AutoCloseable {
  private final Path folder;
  private final String uri;

  private PrivateLibvirt(Path folder, String uri) {
    this.folder = folder;
    this.uri = uri;
  }

  public static PrivateLibvirt start() throws IOException, InterruptedException {
    Path folder = TestGuest.folder();
    return new PrivateLibvirt(folder, script("start", folder).strip());
  }

  public String uri() {
    return uri;
  }

  /** Ends libvirtd; the guests live on. */
  public void down() throws IOException, InterruptedException {
    script("down", folder);
  }

  /** Ends libvirtd as a crash of it would; the guests live on. */
  public void kill() throws IOException, InterruptedException {
    long pid = Long.parseLong(Files.readString(folder.resolve("libvirtd.pid")).strip());
    ProcessHandle libvirtd = ProcessHandle.of(pid).orElseThrow();
    libvirtd.destroyForcibly();
    TestGuest.awaitThat("libvirtd has ended", () -> !libvirtd.isAlive());
  }

  public void up() throws IOException, InterruptedException {
    script("restart", folder);
  }

  /** Ends a guest's QEMU, as a crash of it would. */
  public void killGuest(String name) throws IOException, InterruptedException {
    ProcessHandle qemu = ProcessHandle.of(qemu(name)).orElseThrow();
    qemu.destroyForcibly();
    TestGuest.awaitThat("QEMU has ended", () -> !qemu.isAlive());
  }

  /** The process of a guest's QEMU. */
  public long qemu(String name) throws IOException {
    return Long.parseLong(Files.readString(folder.resolve("run/qemu/" + name + ".pid")).strip());
  }

  private static String script(String command, Path folder)
      throws IOException, InterruptedException {
    return TestGuest.run(
        TestGuest.script("libvirt-private.sh").toString(), command, folder.toString());
  }

  @Override
  public void close() throws IOException, InterruptedException {
    script("stop", folder);
    TestGuest.deleteFolder(folder);
  }
}
