// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.RollbackFailedException;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RollbackIT {
  private TestHost host;
  private TestGuest guest;

  private TestTransaction transaction() {
    return new TestTransaction(host, guest.id());
  }

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
  }

  /** Whatever was done to it, the guest runs on, its memory and disk fit, and nothing is open. */
  @AfterEach
  void theGuestRunsOn() throws Exception {
    assertEquals("running", guest.state());
    guest.awaitTicks(3);
    assertEquals(Optional.empty(), guest.mismatch());
    try (Stream<Path> left = Files.list(host.stateFolder().resolve("rollback"))) {
      assertEquals(List.of(), left.toList());
    }
    assertEquals(activeDisk(), definedDisk(), "the definition names the disk that is in use");
  }

  private String activeDisk() throws IOException, InterruptedException {
    return guest.virsh("domblklist").strip();
  }

  private String definedDisk() throws IOException, InterruptedException {
    return guest.virsh("domblklist", "--inactive").strip();
  }

  private CaptureResult attest() throws Exception {
    return host.capture(guest.id(), true);
  }

  /** The ticks that were printed after the first so many. */
  private List<Integer> ticksAfter(int printed) throws IOException {
    List<Integer> all = guest.ticks();
    return all.subList(printed, all.size());
  }

  private static void assertSameState(AttestationReport expected, AttestationReport actual) {
    assertEquals(expected.components(), actual.components());
    assertEquals(expected.stateHash(), actual.stateHash());
  }

  @Test
  void aCommittedRollbackRunsFromTheAttestedMoment() throws Exception {
    int earliest = guest.lastTick();
    CaptureResult attested = attest();
    int latest = guest.lastTick();
    guest.awaitTicks(5);
    TestTransaction transaction = transaction();
    RollbackResult result = transaction.rollBackTo(attested);
    assertEquals("paused", guest.state());
    int printed = guest.ticks().size();
    AttestationReport restored = TestHost.report(result.restored());
    assertSameState(TestHost.report(attested), restored);
    assertEquals(0, result.restored().differences().orElseThrow().totalPages());
    assertTrue(result.suspect().differences().orElseThrow().totalPages() > 0);
    assertEquals("suspect", TestHost.report(result.suspect()).trigger());
    assertEquals("rollback", restored.trigger());
    transaction.commit();
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    int first = ticksAfter(printed).get(0);
    assertTrue(
        first >= earliest && first <= latest + 1,
        "went on with tick " + first + ", attested between " + earliest + " and " + latest);
  }

  @Test
  void aTransactionThatRollsBackLeavesTheSuspectAsItWas() throws Exception {
    CaptureResult attested = attest();
    guest.awaitTicks(5);
    TestTransaction transaction = transaction();
    transaction.rollBackTo(attested);
    int before = guest.lastTick();
    int printed = guest.ticks().size();
    transaction.resource.rollback(transaction.id);
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    int first = ticksAfter(printed).get(0);
    assertTrue(
        first >= before && first <= before + 2, "went on with " + first + " after " + before);
  }

  @Test
  void aSuspendedGuestIsSuspendedAfterItsRollback() throws Exception {
    guest.virsh("suspend");
    CaptureResult attested = attest();
    guest.virsh("resume");
    guest.awaitTicks(2);
    guest.virsh("suspend");
    try {
      TestTransaction transaction = transaction();
      RollbackResult result = transaction.rollBackTo(attested);
      transaction.commit();
      assertEquals("paused", guest.state());
      assertSameState(TestHost.report(attested), TestHost.report(result.restored()));
      CaptureResult again = host.capture(guest.id(), false);
      assertSameState(TestHost.report(attested), TestHost.report(again));
    } finally {
      guest.virsh("resume");
    }
  }

  @Test
  void aTransactionThatTimesOutBeforeTheRestoreLeavesTheSuspectAsItWas() throws Exception {
    assertTimeoutGivesTheSuspectBack("restoring");
  }

  @Test
  void aTransactionThatTimesOutAfterTheRestoreLeavesTheSuspectAsItWas() throws Exception {
    assertTimeoutGivesTheSuspectBack("checking the restored state");
  }

  private void assertTimeoutGivesTheSuspectBack(String lastStep) throws Exception {
    CaptureResult attested = attest();
    guest.awaitTicks(5);
    TestTransaction transaction = transaction();
    int before = guest.lastTick();
    int printed = guest.ticks().size();
    HypervisorException late =
        assertThrows(
            HypervisorException.class,
            () -> transaction.rollBackTo(attested, transaction.timingOutAt(lastStep)));
    assertEquals(0, late.getSuppressed().length);
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    int first = ticksAfter(printed).get(0);
    assertTrue(first > before, "went on with " + first + " after " + before);
    host.capture(guest.id(), false);
  }

  @Test
  void aGuestThatWasStartedAfreshMeanwhileIsNotTakenForTheRestoredOne() throws Exception {
    int earliest = guest.lastTick();
    CaptureResult attested = attest();
    int latest = guest.lastTick();
    guest.awaitTicks(5);
    TestTransaction transaction = transaction();
    transaction.rollBackTo(attested);
    transaction.prepare();
    // As after a restart of the host, where it is started by itself.
    guest.virsh("destroy");
    guest.virsh("start");
    int printed = guest.ticks().size();
    transaction.resource.commit(transaction.id, false);
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    int first = ticksAfter(printed).get(0);
    assertTrue(
        first >= earliest && first <= latest + 1,
        "went on with tick " + first + ", attested between " + earliest + " and " + latest);
  }

  @Test
  void aGuestThatIsGoneMeanwhileIsRestoredAgain() throws Exception {
    CaptureResult attested = attest();
    TestTransaction transaction = transaction();
    transaction.rollBackTo(attested);
    transaction.prepare();
    guest.virsh("destroy");
    transaction.resource.commit(transaction.id, false);
    assertEquals("running", guest.state());
  }

  @Test
  void aFlippedByteInTheSnapshotIsRefusedAndTheSuspectIsBack() throws Exception {
    CaptureResult attested = attest();
    Path pack = newestPack();
    long position = flipOneByte(pack);
    guest.awaitTicks(3);
    int before = guest.lastTick();
    int printed = guest.ticks().size();
    TestTransaction transaction = transaction();
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
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    int first = ticksAfter(printed).get(0);
    assertTrue(first > before && first <= before + 5, "went on with " + first + " after " + before);
  }

  private Path snapshots() {
    return host.stateFolder().resolve("snapshots").resolve(guest.id().toString());
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
    CaptureResult attested = attest();
    String frozen = Files.readString(snapshotFolder(attested).resolve("disks.json"));
    Path image = Path.of(frozen.replaceFirst(".*\"image\":\"([^\"]+)\".*", "$1"));
    Files.setLastModifiedTime(
        image, java.nio.file.attribute.FileTime.fromMillis(image.toFile().lastModified() + 5000));
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> transaction().rollBackTo(attested));
    assertEquals(Reason.SNAPSHOT_DAMAGED, refused.reason());
    assertEquals("running", guest.state());
  }

  @Test
  void aBranchThatWasPreparedIsCommittedByALaterProcess() throws Exception {
    CaptureResult attested = attest();
    guest.awaitTicks(3);
    TestTransaction transaction = transaction();
    transaction.rollBackTo(attested);
    assertEquals(XAResource.XA_OK, transaction.resource.prepare(transaction.id));
    // The process dies here; its locks go with it.
    host.restart();
    host.services().rollbacks().undoOrphans(host.link());
    assertEquals("paused", guest.state());
    RollbackXaResource later = new RollbackXaResource(host.services().rollbacks(), host::link);
    Xid[] found = later.recover(XAResource.TMSTARTRSCAN);
    assertEquals(1, found.length);
    assertArrayEquals(transaction.id.getGlobalTransactionId(), found[0].getGlobalTransactionId());
    later.commit(found[0], false);
    assertEquals("running", guest.state());
    assertEquals(0, later.recover(XAResource.TMSTARTRSCAN).length);
  }

  @Test
  void aBranchThatDiedBeforeItWasPreparedGivesTheSuspectBack() throws Exception {
    CaptureResult attested = attest();
    guest.awaitTicks(5);
    transaction().rollBackTo(attested);
    int before = guest.lastTick();
    int printed = guest.ticks().size();
    host.restart();
    assertEquals(
        Reason.CAPTURE_IN_PROGRESS,
        assertThrows(HypervisorException.class, () -> host.capture(guest.id(), false)).reason());
    host.services().rollbacks().undoOrphans(host.link());
    guest.awaitTicks(2);
    int first = ticksAfter(printed).get(0);
    assertTrue(
        first >= before && first <= before + 2, "went on with " + first + " after " + before);
  }

  @Test
  void disksGoWhenNothingNeedsThemAndStayAsLongAsSomethingDoes() throws Exception {
    CaptureResult first = attest();
    guest.awaitTicks(1);
    CaptureResult second = attest();
    guest.awaitTicks(1);
    TestTransaction transaction = transaction();
    RollbackResult result = transaction.rollBackTo(first);
    transaction.commit();
    long before = overlays();
    host.operations().dropSnapshot(guest.id(), TestHost.report(second).snapshot());
    assertEquals(before - 1, overlays(), "the suspect's disk has taken over the second's");
    TestTransaction back = transaction();
    back.rollBackTo(result.suspect());
    back.resource.rollback(back.id);
    dropAllBut(TestHost.report(first).snapshot());
    assertTrue(overlays() <= 2, "what the first froze, and what the guest writes");
    guest.awaitTicks(2);
    TestTransaction again = transaction();
    again.rollBackTo(first);
    again.commit();
  }

  private void dropAllBut(Digest kept) throws Exception {
    for (Digest snapshot : host.operations().snapshots(guest.id())) {
      if (!snapshot.equals(kept)) {
        host.operations().dropSnapshot(guest.id(), snapshot);
      }
    }
  }

  @Test
  void aSnapshotWhoseDiskWasMergedUnderTheRunningGuestIsRolledBackTo() throws Exception {
    attest();
    CaptureResult dropped = attest();
    guest.awaitTicks(2);
    int earliest = guest.lastTick();
    CaptureResult attested = attest();
    int latest = guest.lastTick();
    guest.awaitTicks(2);
    attest();
    host.operations().dropSnapshot(guest.id(), TestHost.report(dropped).snapshot());
    int printed = guest.ticks().size();
    TestTransaction transaction = transaction();
    transaction.rollBackTo(attested);
    transaction.commit();
    guest.awaitTicks(2);
    List<Integer> after = ticksAfter(printed);
    assertTrue(
        after.stream().anyMatch(tick -> tick >= earliest && tick <= latest + 1),
        "went on with " + after + ", attested between " + earliest + " and " + latest);
  }

  private long overlays() throws IOException {
    try (Stream<Path> files = Files.list(host.folder())) {
      return files.filter(f -> f.toString().contains(".vmattest-")).count();
    }
  }

  @Test
  void aSnapshotThatIsNotThereIsSaidToBeMissing() throws Exception {
    CaptureResult attested = attest();
    host.operations().dropSnapshot(guest.id(), TestHost.report(attested).snapshot());
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> transaction().rollBackTo(attested));
    assertEquals(Reason.NO_SUCH_SNAPSHOT, refused.reason());
  }
}
