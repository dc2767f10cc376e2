// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStoreTest {
  private static final byte[] REPORT = "report".getBytes(StandardCharsets.UTF_8);
  private static final Digest DIGEST = Digest.sha256(REPORT);

  @TempDir Path folder;
  private final UUID vm = UUID.randomUUID();
  private StateFolder state;
  private SnapshotStore store;

  private static final PageStores STORES =
      new PageStores(
          false,
          pages -> {
            throw new AssertionError("nothing here is encrypted");
          });

  @BeforeEach
  void open() throws IOException {
    state = StateFolder.at(folder.resolve("state"));
    store = SnapshotStore.open(state, STORES);
  }

  private FrozenDisk disk() throws IOException {
    Path image = Files.writeString(folder.resolve("a.qcow2"), "image");
    return FrozenDisk.of("vda", image, "qcow2", 64 << 20);
  }

  private void keepOne(List<FrozenDisk> disks) throws IOException {
    try (PendingSnapshot pending = store.begin(vm)) {
      pending.writeMachine("<domain/>", disks);
      pending.keep(REPORT, DIGEST);
    }
  }

  @Test
  void whatWasKeptIsFound() throws IOException {
    FrozenDisk disk = disk();
    keepOne(List.of(disk));
    StoredSnapshot found = store.find(vm, DIGEST).orElseThrow();
    assertArrayEquals(REPORT, found.report());
    assertEquals("<domain/>", found.domainXml());
    assertEquals(List.of(disk), found.disks());
    assertEquals(List.of(DIGEST), store.list(vm).stream().map(StoredSnapshot::digest).toList());
  }

  @Test
  void whatWasNotKeptIsGone() throws IOException {
    try (PendingSnapshot pending = store.begin(vm)) {
      pending.writeMachine("<domain/>", List.of());
    }
    assertTrue(store.list(vm).isEmpty());
    assertEquals(0, entries());
  }

  @Test
  void whatDiedHalfWrittenIsRemovedAtTheNextStart() throws IOException {
    Path broken = folder.resolve("state/snapshots").resolve(vm.toString()).resolve(".unfinished-x");
    Files.createDirectories(broken.resolve("state"));
    Files.writeString(broken.resolve("state/ram"), "half");
    assertTrue(store.list(vm).isEmpty());
    SnapshotStore.open(state, STORES);
    assertFalse(Files.exists(broken));
  }

  @Test
  void leftoversAreCountedAndRemovedWithoutTouchingSnapshots() throws IOException {
    keepOne(List.of());
    Path vmFolder = folder.resolve("state/snapshots").resolve(vm.toString());
    Files.createDirectories(vmFolder.resolve(".unfinished-x/state"));
    assertEquals(1, store.unfinished(vm));
    store.removeUnfinished(vm);
    assertEquals(0, store.unfinished(vm));
    assertTrue(store.find(vm, DIGEST).isPresent());
  }

  @Test
  void aReportThatAttestsNoSuchSnapshotIsDamage() throws Exception {
    keepOne(List.of());
    StoreCheck.Checked checked = store.check(vm, digest -> {}).snapshots().get(0);
    assertEquals(DIGEST, checked.snapshot());
    assertTrue(checked.damage().orElseThrow().contains("report"), checked::toString);
    assertTrue(checked.report().isEmpty());
  }

  @Test
  void theRoomOfAVmIsCountedInBlocksAndHolesAreNone() throws IOException {
    assertEquals(0, store.bytes(vm));
    keepOne(List.of());
    long before = store.bytes(vm);
    Path pages = folder.resolve("state/snapshots").resolve(vm.toString()).resolve("pages");
    try (RandomAccessFile sparse = new RandomAccessFile(pages.resolve("x").toFile(), "rw")) {
      sparse.setLength(64 << 20);
    }
    assertTrue(store.bytes(vm) < before + (1 << 20), "a hole takes no room");
    Files.write(pages.resolve("y"), new byte[4 << 20]);
    assertTrue(store.bytes(vm) >= before + (4 << 20));
  }

  @Test
  void whatIsDroppedIsGone() throws IOException {
    keepOne(List.of());
    store.drop(store.find(vm, DIGEST).orElseThrow(), vm);
    assertTrue(store.find(vm, DIGEST).isEmpty());
    assertEquals(0, entries());
  }

  @Test
  void aFrozenImageThatWasWrittenIsNoticed() throws IOException {
    FrozenDisk disk = disk();
    assertTrue(disk.isUntouched());
    Files.writeString(disk.image(), "another");
    assertFalse(disk.isUntouched());
    Files.delete(disk.image());
    assertFalse(disk.isUntouched());
  }

  @Test
  void aFileSystemsOwnFolderIsNoMachine() throws IOException {
    keepOne(List.of());
    Files.createDirectory(folder.resolve("state/snapshots/lost+found"));
    SnapshotStore.open(state, STORES);
    assertEquals(List.of(vm), store.machines());
  }

  @Test
  void malformedDisksAreRefused() {
    for (String json : List.of("", "{}", "[1]", "[{\"target\":\"vda\"}]")) {
      assertThrows(IOException.class, () -> FrozenDisk.ofJson(json), json);
    }
  }

  /** Beside the folder of pages. */
  private long entries() throws IOException {
    try (Stream<Path> list = Files.list(folder.resolve("state/snapshots").resolve(vm.toString()))) {
      return list.filter(entry -> !entry.endsWith("pages")).count();
    }
  }
}
