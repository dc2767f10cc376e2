// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.tee.Capture;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.Snapshot;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** A snapshot that is being made; gone when closed, unless it was kept. */
public final class PendingSnapshot implements AutoCloseable {
  private final Path folder;
  private boolean kept;

  private PendingSnapshot(Path folder) {
    this.folder = folder;
  }

  static PendingSnapshot in(Path parent) throws IOException {
    Path folder = parent.resolve(SnapshotStore.UNFINISHED + UUID.randomUUID());
    Files.createDirectory(folder);
    return new PendingSnapshot(folder);
  }

  /** Writes RAM and devices. */
  public void writeState(Capture capture) throws IOException, TeeException {
    Path state = Files.createDirectory(folder.resolve(StoredSnapshot.STATE));
    try (NativeFile directory = NativeFile.openDirectory(state)) {
      new Snapshot(directory).save(capture);
    }
  }

  public void writeMachine(String domainXml, List<FrozenDisk> disks) throws IOException {
    DurableFiles.write(
        folder.resolve(StoredSnapshot.DOMAIN), domainXml.getBytes(StandardCharsets.UTF_8));
    DurableFiles.write(folder.resolve(StoredSnapshot.DISKS), FrozenDisk.toJson(disks));
  }

  /** Completes the snapshot under the digest that its report attests. */
  public void keep(byte[] signedReport, Digest digest) throws IOException {
    DurableFiles.write(folder.resolve(StoredSnapshot.REPORT), signedReport);
    DurableFiles.sync(folder);
    Path name = folder.resolveSibling(digest.hex());
    if (Files.exists(name)) {
      // The same state once more: what is there already is the same.
      return;
    }
    DurableFiles.move(folder, name);
    kept = true;
  }

  @Override
  public void close() {
    if (kept) {
      return;
    }
    try {
      DurableFiles.deleteTree(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("an unfinished snapshot cannot be removed", e);
    }
  }
}
