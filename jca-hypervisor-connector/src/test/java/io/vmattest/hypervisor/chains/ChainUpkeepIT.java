// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("guest")
class ChainUpkeepIT {
  private TestHost host;
  private TestGuest guest;
  private GuestDomain domain;

  @BeforeEach
  void start() throws Exception {
    TestGuest.startLibvirt();
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
    domain = host.link().domain(guest.id());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
    guest.close();
    host.close();
  }

  /** Oldest first; each freezes another content. */
  private List<Digest> snapshots(int count) throws Exception {
    List<Digest> result = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      guest.awaitTicks(2);
      result.add(TestHost.report(host.capture(guest.id(), true)).snapshot());
    }
    guest.awaitTicks(2);
    return result;
  }

  private void drop(Digest snapshot) throws Exception {
    host.operations().dropSnapshot(guest.id(), snapshot);
  }

  private FrozenDisk frozen(Digest snapshot) throws Exception {
    return stored(snapshot).disks().get(0);
  }

  private StoredSnapshot stored(Digest snapshot) {
    return host.services().store().find(guest.id(), snapshot).orElseThrow();
  }

  /** What a guest that is restored to the snapshot would see. */
  private Digest content(Digest snapshot) throws Exception {
    FrozenDisk disk = frozen(snapshot);
    Path raw = host.folder().resolve("content.raw");
    TestGuest.run(
        "qemu-img",
        "convert",
        "-U",
        "-f",
        disk.format(),
        "-O",
        "raw",
        disk.image().toString(),
        raw.toString());
    Digest digest = Digest.sha256(Files.readAllBytes(raw));
    Files.delete(raw);
    return digest;
  }

  private Map<String, Digest> contents(List<Digest> snapshots) throws Exception {
    Map<String, Digest> result = new TreeMap<>();
    for (Digest snapshot : snapshots) {
      result.put(snapshot.hex(), content(snapshot));
    }
    assertEquals(snapshots.size(), Map.copyOf(result).values().stream().distinct().count());
    return result;
  }

  private List<Path> chain() throws Exception {
    return DiskSources.chains(domain.liveXml()).getOrDefault("vda", List.of());
  }

  private List<Path> chainOnDisk() throws Exception {
    return BackingChain.of(chain().get(0), "qcow2").stream().map(Layer::image).toList();
  }

  /** The guest runs on a chain of so many images, and there are no others. */
  private void assertChainOf(int images) throws Exception {
    assertEquals(images, chain().size(), chain()::toString);
    assertEquals(chain(), chainOnDisk());
    assertEquals(images - 1, Overlays.beside(chain().get(0)).size());
    for (Path image : chain()) {
      assertTrue(Files.exists(image), image.toString());
    }
    assertEquals(
        guest.virsh("domblklist"), guest.virsh("domblklist", "--inactive"), "the definition");
    assertEquals("running", guest.state());
    guest.awaitTicks(3);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  private void assertKept(Map<String, Digest> before) throws Exception {
    Map<String, Digest> after = new TreeMap<>();
    for (String snapshot : before.keySet()) {
      after.put(snapshot, content(Digest.ofHex(snapshot)));
      assertTrue(frozen(Digest.ofHex(snapshot)).isUntouched(), snapshot);
    }
    assertEquals(before, after);
    assertFalse(Files.exists(record()));
  }

  private Path record() {
    return host.services().state().merges().resolve(guest.id() + ".json");
  }

  @Test
  void whatNoSnapshotNeedsIsMergedUnderTheRunningGuestAndTheKeptOnesStayWhatTheyWere()
      throws Exception {
    List<Digest> all = snapshots(4);
    assertChainOf(5);
    Map<String, Digest> kept = contents(List.of(all.get(0), all.get(2), all.get(3)));
    drop(all.get(1));
    assertChainOf(4);
    assertKept(kept);
    Path base = frozen(all.get(0)).image();
    FileTime untouched = Files.getLastModifiedTime(base);
    kept.remove(all.get(3).hex());
    drop(all.get(3));
    assertChainOf(3);
    assertKept(kept);
    drop(all.get(0));
    drop(all.get(2));
    assertChainOf(2);
    assertEquals(untouched, Files.getLastModifiedTime(base), "an image of others is not written");
  }

  @Test
  void aGuestWhoseSnapshotsComeAndGoKeepsAShortChain() throws Exception {
    Digest last = snapshots(1).get(0);
    for (int i = 0; i < 5; i++) {
      Digest next = snapshots(1).get(0);
      drop(last);
      last = next;
      assertChainOf(3);
    }
    assertTrue(frozen(last).isUntouched());
  }

  @Test
  void aSuspendedGuestStaysSuspended() throws Exception {
    List<Digest> all = snapshots(2);
    guest.virsh("suspend");
    drop(all.get(1));
    assertEquals("paused", guest.state());
    guest.virsh("resume");
    assertChainOf(2);
    assertTrue(frozen(all.get(0)).isUntouched());
  }

  @Test
  void aFrozenImageThatSomebodyChangedIsLeftAloneSoThatItIsStillSeen() throws Exception {
    List<Digest> all = snapshots(3);
    Path image = frozen(all.get(2)).image();
    Files.setLastModifiedTime(image, FileTime.fromMillis(1_000_000));
    drop(all.get(1));
    assertChainOf(4);
    assertFalse(frozen(all.get(2)).isUntouched());
  }

  @Test
  void nothingIsMergedWhileAnotherJobIsOnTheDisk() throws Exception {
    List<Digest> all = snapshots(3);
    Path copy = host.folder().resolve("copy.qcow2");
    guest.virsh("blockcopy", "vda", copy.toString(), "--transient-job");
    try {
      drop(all.get(1));
      assertChainOf(4);
    } finally {
      guest.virsh("blockjob", "vda", "--abort");
    }
    new ChainUpkeep(host.link(), host.services().store(), host.services().state())
        .shorten(guest.id());
    assertChainOf(3);
  }

  private PendingMerge pendingCommit(List<Digest> all) throws Exception {
    host.services().store().drop(stored(all.get(1)), guest.id());
    List<Path> images = chain();
    PendingMerge merge =
        new PendingMerge(
            images.get(images.size() - 3), images.get(images.size() - 2), chain().get(0));
    merge.write(record());
    return merge;
  }

  @Test
  void aMergeWhoseProcessDiedAfterItIsFinishedByTheNextUse() throws Exception {
    List<Digest> all = snapshots(3);
    Map<String, Digest> kept = contents(List.of(all.get(0), all.get(2)));
    PendingMerge merge = pendingCommit(all);
    new LiveMerge(domain, "vda").commit(merge.source(), merge.destination());
    assertEquals(merge.source(), frozen(all.get(2)).image(), "as the process left it");
    host.restart();
    host.capture(guest.id(), false);
    assertEquals(merge.destination(), frozen(all.get(2)).image());
    assertKept(kept);
    drop(all.get(0));
    assertChainOf(3);
  }

  @Test
  void aMergeWhoseProcessDiedBeforeItIsDoneByTheNextOne() throws Exception {
    List<Digest> all = snapshots(3);
    Map<String, Digest> kept = contents(List.of(all.get(0), all.get(2)));
    PendingMerge merge = pendingCommit(all);
    host.restart();
    host.capture(guest.id(), false);
    assertEquals(merge.source(), frozen(all.get(2)).image());
    assertKept(kept);
    new ChainUpkeep(host.link(), host.services().store(), host.services().state())
        .shorten(guest.id());
    assertChainOf(3);
    assertKept(kept);
  }

  @Test
  void nothingIsCapturedWhileAMergeOfADeadProcessGoesOn() throws Exception {
    List<Digest> all = snapshots(3);
    pendingCommit(all);
    Path copy = host.folder().resolve("copy.qcow2");
    guest.virsh("blockcopy", "vda", copy.toString(), "--transient-job");
    try {
      HypervisorException busy =
          assertThrows(HypervisorException.class, () -> host.capture(guest.id(), false));
      assertEquals(Reason.CAPTURE_IN_PROGRESS, busy.reason());
    } finally {
      guest.virsh("blockjob", "vda", "--abort");
    }
    host.capture(guest.id(), false);
    assertFalse(Files.exists(record()));
  }
}
