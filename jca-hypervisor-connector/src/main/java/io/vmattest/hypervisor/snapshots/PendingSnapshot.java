// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.tee.Capture;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.PageStore;
import io.vmattest.tee.SavedPages;
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
  private final VmFolder vm;
  private final Path folder;
  private boolean kept;

  private PendingSnapshot(VmFolder vm, Path folder) {
    this.vm = vm;
    this.folder = folder;
  }

  static PendingSnapshot in(VmFolder vm) throws IOException {
    Path folder = vm.path().resolve(SnapshotStore.UNFINISHED + UUID.randomUUID());
    Files.createDirectory(folder);
    return new PendingSnapshot(vm, folder);
  }

  /** Writes RAM and devices; what other snapshots of the VM have already is only referred to. */
  public SavedPages writeState(Capture capture)
      throws IOException, TeeException, HypervisorException {
    Path state = ModuleFolders.make(folder.resolve(StoredSnapshot.STATE));
    try (PageStore pages = vm.openPages();
        NativeFile directory = NativeFile.openDirectory(state)) {
      return pages.save(capture, directory, 0);
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
