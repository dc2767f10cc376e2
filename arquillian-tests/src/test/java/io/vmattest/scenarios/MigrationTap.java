// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * Tells when a guest's memory begins to be read, as soon as QEMU says so: whoever asks now and then
 * misses a short capture. (Event MIGRATION of QEMU's migration.json.)
 */
final class MigrationTap implements AutoCloseable {
  private final Process process;
  private volatile CompletableFuture<Void> next = new CompletableFuture<>();

  private MigrationTap(Process process) {
    this.process = process;
  }

  static MigrationTap open(Testbed testbed, String guest) {
    MigrationTap tap = new MigrationTap(testbed.monitorEvents(guest, "MIGRATION"));
    Thread reader = new Thread(tap::read, "migrations of " + guest);
    reader.setDaemon(true);
    reader.start();
    return tap;
  }

  /** Done when the next one begins. */
  CompletableFuture<Void> next() {
    next = new CompletableFuture<>();
    return next;
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains("\"active\"")) {
          next.complete(null);
        }
      }
    } catch (IOException e) {
      next.completeExceptionally(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
