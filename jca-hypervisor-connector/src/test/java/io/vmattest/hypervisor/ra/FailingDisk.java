// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.testing.TestGuest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** A small file system that can be full, or away, for a while. Needs the right to mount. */
final class FailingDisk implements AutoCloseable {
  private static final String SIZE = "640m";

  private final Path store;
  private final Path folder;
  private boolean away;

  private FailingDisk(Path store, Path folder) {
    this.store = store;
    this.folder = folder;
  }

  static FailingDisk mount(Path parent) throws IOException, InterruptedException {
    Path store = Files.createDirectory(parent.resolve("store"));
    Path folder = Files.createDirectory(parent.resolve("state"));
    TestGuest.run("mount", "-t", "tmpfs", "-o", "size=" + SIZE + ",mode=0711", "tmpfs", "" + store);
    // What is taken away lives on there.
    TestGuest.run("mount", "--bind", "" + store, "" + folder);
    return new FailingDisk(store, folder);
  }

  Path folder() {
    return folder;
  }

  void fill() throws IOException, InterruptedException {
    try {
      // Most of it at once; what others write meanwhile may leave no room for that.
      long usable = Files.getFileStore(store).getUsableSpace();
      TestGuest.run("fallocate", "--length", Long.toString(usable), "" + reserve());
    } catch (IOException e) {
      requireFull(e);
    }
    try (OutputStream filler = Files.newOutputStream(filler())) {
      byte[] block = new byte[1 << 20];
      while (true) {
        filler.write(block);
      }
    } catch (IOException e) {
      requireFull(e);
    }
  }

  private static void requireFull(IOException failure) throws IOException {
    String why = Optional.ofNullable(failure.getMessage()).orElse("").toLowerCase(Locale.ROOT);
    if (!why.contains("no space left")) {
      throw failure;
    }
  }

  /** As a file system that was unmounted lazily: who has a file open keeps it. */
  void takeAway() throws IOException, InterruptedException {
    TestGuest.run("umount", "--lazy", folder.toString());
    away = true;
  }

  void repair() throws IOException, InterruptedException {
    Files.deleteIfExists(filler());
    Files.deleteIfExists(reserve());
    if (away) {
      TestGuest.run("mount", "--bind", "" + store, "" + folder);
      away = false;
    }
  }

  private Path reserve() {
    return store.resolve("reserve");
  }

  private Path filler() {
    return store.resolve("filler");
  }

  @Override
  public void close() throws IOException, InterruptedException {
    repair();
    TestGuest.run("umount", "--lazy", folder.toString());
    TestGuest.run("umount", "--lazy", store.toString());
  }
}
