// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.server.platform.StateFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The counters that a checkpoint was ever bound to, remembered beside the database: one in which no
 * checkpoint is bound to any of them is not the first, but was emptied, or exchanged. An empty file
 * each.
 */
final class BoundCounters {
  private static final String PREFIX = "counter-";

  private final Path folder;
  private final Set<String> written = ConcurrentHashMap.newKeySet();

  BoundCounters(Path folder) {
    this.folder = folder;
  }

  /** Below the state folder. */
  static BoundCounters ofState() {
    return new BoundCounters(StateFolder.resolve("counters"));
  }

  boolean has(String id) {
    return Files.exists(file(id));
  }

  /** Durable on return; one that is there already costs nothing. */
  void add(String id) throws IOException {
    if (written.contains(id)) {
      return;
    }
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (FileChannel file =
        FileChannel.open(file(id), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    try (FileChannel directory = FileChannel.open(folder)) {
      directory.force(true);
    }
    written.add(id);
  }

  private Path file(String id) {
    if (!CounterBinding.isId(id)) {
      throw new IllegalArgumentException("no ID of a counter: " + id);
    }
    return folder.resolve(PREFIX + id);
  }
}
