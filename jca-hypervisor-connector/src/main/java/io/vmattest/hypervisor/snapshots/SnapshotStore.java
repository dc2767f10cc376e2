// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.tee.PageStore;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Snapshots by VM and digest. A snapshot is made under a name that no digest has and renamed when
 * it is complete and durable, so that a half-written one is never taken for one.
 */
public final class SnapshotStore {
  private static final Logger LOG = System.getLogger(SnapshotStore.class.getName());

  static final String UNFINISHED = ".unfinished-";

  private static final Pattern VM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private final Path root;
  private final PageStores stores;
  private final CloneFolders clones;

  /** Removes what a broken-off capture left. Nobody else may be writing into the folder. */
  public static SnapshotStore open(StateFolder state, PageStores stores) throws IOException {
    SnapshotStore store =
        new SnapshotStore(state.snapshots(), stores, new CloneFolders(state.clones()));
    for (UUID vm : store.machines()) {
      store.removeUnfinished(vm);
    }
    return store;
  }

  private SnapshotStore(Path root, PageStores stores, CloneFolders clones) {
    this.root = root;
    this.stores = stores;
    this.clones = clones;
  }

  /** What stands on snapshots at the moment, beside the VMs. */
  public CloneFolders clones() {
    return clones;
  }

  /** A place for a new snapshot. */
  public PendingSnapshot begin(UUID vm) throws IOException {
    VmFolder folder = folder(vm);
    folder.make();
    return PendingSnapshot.in(folder);
  }

  public Optional<StoredSnapshot> find(UUID vm, Digest digest) {
    return Files.isDirectory(folder(vm, digest), LinkOption.NOFOLLOW_LINKS)
        ? Optional.of(new StoredSnapshot(folder(vm), digest))
        : Optional.empty();
  }

  /** Whether a snapshot of any VM froze an image. */
  public boolean hasFrozen(Path image) throws IOException {
    for (UUID vm : machines()) {
      for (StoredSnapshot snapshot : list(vm)) {
        for (FrozenDisk disk : snapshot.disks()) {
          if (disk.image().normalize().equals(image.normalize())) {
            return true;
          }
        }
      }
    }
    return false;
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
        .map(f -> new StoredSnapshot(folder(vm), Digest.ofHex(f.getFileName().toString())))
        .toList();
  }

  /** All VMs that have snapshots. */
  public List<UUID> machines() throws IOException {
    return folders(root).stream().map(p -> UUID.fromString(p.getFileName().toString())).toList();
  }

  /**
   * Removes a snapshot and the pages that no other has; not its disks. The caller holds the VM's
   * lock.
   *
   * @return bytes of pages that were given back; 0 as well if that failed, which is logged
   */
  public long drop(StoredSnapshot snapshot, UUID vm) throws IOException {
    Path folder = folder(vm, snapshot.digest());
    Path doomed = folder.resolveSibling(UNFINISHED + UUID.randomUUID());
    DurableFiles.move(folder, doomed);
    DurableFiles.deleteTree(doomed);
    try {
      return collect(vm);
    } catch (TeeException | HypervisorException e) {
      LOG.log(Level.WARNING, "pages of VM " + vm + " that no snapshot needs stay", e);
      return 0;
    }
  }

  /**
   * Gives back the room of pages that no snapshot of a VM has; see {@link PageStore#collect}. The
   * caller holds the VM's lock.
   */
  public long collect(UUID vm) throws IOException, TeeException, HypervisorException {
    try (PageStore pages = folder(vm).openPages();
        StateFolders snapshots = StateFolders.open(list(vm))) {
      return pages.collect(snapshots.files());
    }
  }

  /**
   * Checks all snapshots of a VM, byte by byte. The caller holds the VM's lock.
   *
   * @param progress is told the digest of each before it is checked
   */
  public StoreCheck check(UUID vm, Consumer<Digest> progress)
      throws IOException, TeeException, HypervisorException {
    List<StoredSnapshot> snapshots = list(vm);
    List<StoreCheck.Checked> checked = new ArrayList<>();
    try (PageStore pages = folder(vm).openPages()) {
      for (StoredSnapshot snapshot : snapshots) {
        progress.accept(snapshot.digest());
        checked.add(StoreCheck.check(pages, snapshot, vm));
      }
      return new StoreCheck(vm, checked, unneeded(pages, snapshots));
    }
  }

  /**
   * The pages of a VM's snapshots, to check several of them: what they share is read once. The
   * caller holds the VM's lock until they are closed.
   */
  public PageStore openPages(UUID vm) throws TeeException, HypervisorException {
    return folder(vm).openPages();
  }

  /** One that cannot be read may need anything. */
  private static long unneeded(PageStore pages, List<StoredSnapshot> snapshots) {
    try (StateFolders files = StateFolders.open(snapshots)) {
      return pages.unneededBytes(files.files());
    } catch (TeeException e) {
      return 0;
    }
  }

  /** How many folders of a VM a capture or a removal left behind. The caller holds its lock. */
  public int unfinished(UUID vm) throws IOException {
    return unfinishedFolders(vm).size();
  }

  /** Removes them. The caller holds the VM's lock. */
  public void removeUnfinished(UUID vm) throws IOException {
    for (Path entry : unfinishedFolders(vm)) {
      try {
        DurableFiles.deleteTree(entry);
      } catch (DirectoryNotEmptyException e) {
        // A module in a process of its own may still be writing what was asked for before.
        LOG.log(Level.WARNING, "an unfinished snapshot is left for the next time", e);
      }
    }
  }

  private List<Path> unfinishedFolders(UUID vm) throws IOException {
    return entries(folder(vm).path()).stream()
        .filter(entry -> entry.getFileName().toString().startsWith(UNFINISHED))
        .toList();
  }

  /** Bytes that all snapshots of a VM take on the disk together. */
  public long bytes(UUID vm) throws IOException {
    Path folder = folder(vm).path();
    return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) ? DiskUsage.below(folder) : 0;
  }

  private VmFolder folder(UUID vm) {
    return new VmFolder(root.resolve(vm.toString()), stores);
  }

  private Path folder(UUID vm, Digest digest) {
    return folder(vm).path().resolve(digest.hex());
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
