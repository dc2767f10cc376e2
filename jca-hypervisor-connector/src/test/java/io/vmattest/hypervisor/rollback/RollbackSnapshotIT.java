// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.RollbackFailedException;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.transaction.xa.XAResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a rollback goes back to: a snapshot and its disks, damaged, merged or gone. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RollbackSnapshotIT {
  private RollbackRig rig;

  @BeforeAll
  void start() throws Exception {
    rig = new RollbackRig();
  }

  @AfterAll
  void stop() throws Exception {
    rig.close();
  }

  @AfterEach
  void theGuestRunsOn() throws Exception {
    rig.assertRunsOn();
  }

  @Test
  void aFlippedByteInTheSnapshotIsRefusedAndTheSuspectIsBack() throws Exception {
    CaptureResult attested = rig.attest();
    Path pack = newestPack();
    long position = flipOneByte(pack);
    rig.guest.awaitTicks(3);
    int before = rig.guest.lastTick();
    int printed = rig.guest.ticks().size();
    TestTransaction transaction = rig.transaction();
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> transaction.rollBackTo(attested));
    System.out.println(
        "byte " + position + " of " + pack.getFileName() + " flipped: " + refused.getMessage());
    assertEquals(Reason.SNAPSHOT_DAMAGED, refused.reason());
    assertTrue(
        Stream.of(refused.getSuppressed()).noneMatch(HypervisorException.class::isInstance),
        "the suspect could be brought back");
    List<CaptureResult> signed = ((RollbackFailedException) refused).reports();
    assertEquals(
        List.of("suspect"), signed.stream().map(s -> TestHost.report(s).trigger()).toList());
    assertEquals(XAResource.XA_RDONLY, transaction.resource.prepare(transaction.id));
    assertEquals("running", rig.guest.state());
    rig.guest.awaitTicks(2);
    int first = rig.ticksAfter(printed).get(0);
    assertTrue(first > before && first <= before + 5, "went on with " + first + " after " + before);
  }

  private Path snapshots() {
    return rig.host.stateFolder().resolve("snapshots").resolve(rig.guest.id().toString());
  }

  private Path snapshotFolder(CaptureResult attested) {
    return snapshots().resolve(TestHost.report(attested).snapshot().hex());
  }

  /** What the VM's last snapshot brought new. */
  private Path newestPack() throws IOException {
    try (Stream<Path> packs = Files.list(snapshots().resolve("pages"))) {
      return packs.max(Comparator.naturalOrder()).orElseThrow();
    }
  }

  /** In a page, somewhere before the index. */
  private static long flipOneByte(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      for (long position = channel.size() / 3; ; position++) {
        one.clear();
        assertEquals(1, channel.read(one, position));
        if (one.get(0) != 0) {
          one.put(0, (byte) (one.get(0) ^ 1)).rewind();
          channel.write(one, position);
          return position;
        }
      }
    }
  }

  @Test
  void aDiskThatWasWrittenAfterItWasFrozenIsRefused() throws Exception {
    CaptureResult attested = rig.attest();
    String frozen = Files.readString(snapshotFolder(attested).resolve("disks.json"));
    Path image = Path.of(frozen.replaceFirst(".*\"image\":\"([^\"]+)\".*", "$1"));
    Files.setLastModifiedTime(
        image, java.nio.file.attribute.FileTime.fromMillis(image.toFile().lastModified() + 5000));
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> rig.transaction().rollBackTo(attested));
    assertEquals(Reason.SNAPSHOT_DAMAGED, refused.reason());
    assertEquals("running", rig.guest.state());
  }

  @Test
  void disksGoWhenNothingNeedsThemAndStayAsLongAsSomethingDoes() throws Exception {
    CaptureResult first = rig.attest();
    rig.guest.awaitTicks(1);
    CaptureResult second = rig.attest();
    rig.guest.awaitTicks(1);
    TestTransaction transaction = rig.transaction();
    RollbackResult result = transaction.rollBackTo(first);
    transaction.commit();
    long before = overlays();
    rig.host.operations().dropSnapshot(rig.guest.id(), TestHost.report(second).snapshot());
    assertEquals(before - 1, overlays(), "the suspect's disk has taken over the second's");
    TestTransaction back = rig.transaction();
    back.rollBackTo(result.suspect());
    back.resource.rollback(back.id);
    dropAllBut(TestHost.report(first).snapshot());
    assertTrue(overlays() <= 2, "what the first froze, and what the guest writes");
    rig.guest.awaitTicks(2);
    TestTransaction again = rig.transaction();
    again.rollBackTo(first);
    again.commit();
  }

  private void dropAllBut(Digest kept) throws Exception {
    for (Digest snapshot : rig.host.operations().snapshots(rig.guest.id())) {
      if (!snapshot.equals(kept)) {
        rig.host.operations().dropSnapshot(rig.guest.id(), snapshot);
      }
    }
  }

  @Test
  void aSnapshotWhoseDiskWasMergedUnderTheRunningGuestIsRolledBackTo() throws Exception {
    rig.attest();
    CaptureResult dropped = rig.attest();
    rig.guest.awaitTicks(2);
    int earliest = rig.guest.lastTick();
    CaptureResult attested = rig.attest();
    int latest = rig.guest.lastTick();
    rig.guest.awaitTicks(2);
    rig.attest();
    rig.host.operations().dropSnapshot(rig.guest.id(), TestHost.report(dropped).snapshot());
    int printed = rig.guest.ticks().size();
    TestTransaction transaction = rig.transaction();
    transaction.rollBackTo(attested);
    transaction.commit();
    rig.guest.awaitTicks(2);
    List<Integer> after = rig.ticksAfter(printed);
    assertTrue(
        after.stream().anyMatch(tick -> tick >= earliest && tick <= latest + 1),
        "went on with " + after + ", attested between " + earliest + " and " + latest);
  }

  private long overlays() throws IOException {
    try (Stream<Path> files = Files.list(rig.host.folder())) {
      return files.filter(f -> f.toString().contains(".vmattest-")).count();
    }
  }

  @Test
  void aSnapshotThatIsNotThereIsSaidToBeMissing() throws Exception {
    CaptureResult attested = rig.attest();
    rig.host.operations().dropSnapshot(rig.guest.id(), TestHost.report(attested).snapshot());
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> rig.transaction().rollBackTo(attested));
    assertEquals(Reason.NO_SUCH_SNAPSHOT, refused.reason());
  }
}
