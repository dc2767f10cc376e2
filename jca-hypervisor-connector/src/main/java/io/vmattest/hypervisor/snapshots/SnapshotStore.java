// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.core.report.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Snapshots by VM and digest. A snapshot is made under a name that no digest has and renamed when
 * it is complete and durable, so that a half-written one is never taken for one.
 */
public final class SnapshotStore {
  static final String UNFINISHED = ".unfinished-";

  private static final Pattern VM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private final Path root;

  /** Removes what a broken-off capture left. Nobody else may be writing into the folder. */
  public static SnapshotStore open(StateFolder state) throws IOException {
    SnapshotStore store = new SnapshotStore(state.snapshots());
    for (Path vm : folders(store.root)) {
      for (Path entry : entries(vm)) {
        if (entry.getFileName().toString().startsWith(UNFINISHED)) {
          DurableFiles.deleteTree(entry);
        }
      }
    }
    return store;
  }

  private SnapshotStore(Path root) {
    this.root = root;
  }

  /** A place for a new snapshot. */
  public PendingSnapshot begin(UUID vm) throws IOException {
    Path folder = Files.createDirectories(root.resolve(vm.toString()));
    return PendingSnapshot.in(folder);
  }

  public Optional<StoredSnapshot> find(UUID vm, Digest digest) {
    Path folder = folder(vm, digest);
    return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        ? Optional.of(new StoredSnapshot(folder, digest))
        : Optional.empty();
  }

  /** Oldest first. */
  public List<StoredSnapshot> list(UUID vm) throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path entry : entries(root.resolve(vm.toString()))) {
      if (entry.getFileName().toString().matches("[0-9a-f]{64}")) {
        folders.add(entry);
      }
    }
    // The report is written last, and never again.
    folders.sort(
        Comparator.comparing(f -> f.resolve(StoredSnapshot.REPORT).toFile().lastModified()));
    return folders.stream()
        .map(f -> new StoredSnapshot(f, Digest.ofHex(f.getFileName().toString())))
        .toList();
  }

  /** All VMs that have snapshots. */
  public List<UUID> machines() throws IOException {
    return folders(root).stream().map(p -> UUID.fromString(p.getFileName().toString())).toList();
  }

  /** Removes a snapshot; not its disks. */
  public void drop(StoredSnapshot snapshot, UUID vm) throws IOException {
    Path folder = folder(vm, snapshot.digest());
    Path doomed = folder.resolveSibling(UNFINISHED + UUID.randomUUID());
    DurableFiles.move(folder, doomed);
    DurableFiles.deleteTree(doomed);
  }

  private Path folder(UUID vm, Digest digest) {
    return root.resolve(vm.toString()).resolve(digest.hex());
  }

  /** The folders of VMs; a file system's own, such as lost+found, may lie beside them. */
  private static List<Path> folders(Path root) throws IOException {
    return entries(root).stream()
        .filter(p -> VM.matcher(p.getFileName().toString()).matches())
        .toList();
  }

  private static List<Path> entries(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(folder)) {
      return list.toList();
    }
  }
}
