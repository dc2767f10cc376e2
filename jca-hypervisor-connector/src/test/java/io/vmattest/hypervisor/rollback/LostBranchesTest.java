// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.config.OwnMetadata;
import io.vmattest.hypervisor.libvirt.DomainMetadata;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.transaction.xa.XAResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a copy in the metadata of libvirt's test driver's domain brings about, and what it cannot.
 */
class LostBranchesTest {
  private static final BranchId ID = new BranchId(131077, "0102", "03");
  private static final DomainMetadata ELEMENT =
      new DomainMetadata("vmattest", OwnMetadata.NAMESPACE);

  @TempDir Path folder;
  private StateFolder state;
  private BranchJournal journal;
  private MetadataMirror mirror;
  private FakeWork work;
  private Rollbacks rollbacks;
  private HostLink link;
  private GuestDomain domain;
  private UUID vm;

  @BeforeEach
  void open() throws Exception {
    link = HostLink.open("test:///default");
    domain = link.domains().get(0);
    vm = domain.id();
    domain.suspend();
    state = StateFolder.at(folder);
    Files.createDirectories(state.mirrorKey(vm).getParent());
    journal = new BranchJournal(state.rollbacks());
    mirror = new MetadataMirror(journal, new MirrorKeys(state));
    work = new FakeWork(journal);
    rollbacks = server();
  }

  private Rollbacks server() {
    return new Rollbacks(state, new VmLocks(state.locks()), own -> work);
  }

  @AfterEach
  void close() throws Exception {
    ELEMENT.remove(domain);
    if (isPaused()) {
      domain.resume();
    }
    domain.close();
    link.close();
  }

  private boolean isPaused() throws Exception {
    return domain.pauseReason().isPresent();
  }

  private Branch shown(Branch.Phase phase) throws Exception {
    Branch branch = FakeWork.branch(ID, vm, phase);
    journal.put(branch);
    mirror.show(() -> link, branch);
    return branch;
  }

  private Branch lost(Branch.Phase phase) throws Exception {
    Branch branch = shown(phase);
    journal.remove(ID);
    return branch;
  }

  private void assertNothingIsDone() throws Exception {
    rollbacks.undoOrphans(link);
    assertEquals(List.of(), journal.list());
    assertEquals(List.of(), work.undone());
    assertEquals(List.of(), rollbacks.prepared());
    assertFalse(OwnMetadata.list(domain.definedXml()).isEmpty(), "it is left");
  }

  @Test
  void aCopyIsInTheRunningDomainAndInItsDefinition() throws Exception {
    shown(Branch.Phase.CAPTURING);
    for (String xml : List.of(domain.liveXml(), domain.definedXml())) {
      assertEquals(ID.fileName(), OwnMetadata.list(xml).get(0).id());
    }
    mirror.clear(link, vm);
    for (String xml : List.of(domain.liveXml(), domain.definedXml())) {
      assertEquals(List.of(), OwnMetadata.list(xml));
    }
  }

  @Test
  void aPreparedBranchThatTheJournalLostIsInDoubtAgain() throws Exception {
    Branch branch = lost(Branch.Phase.PREPARED);
    rollbacks.undoOrphans(link);
    assertEquals(Optional.of(branch), journal.find(ID));
    assertEquals(List.of(ID), rollbacks.prepared());
    assertTrue(rollbacks.openRollbacks().rollbacks().get(0).inDoubt());
    assertEquals(List.of(), work.undone());
    new RollbackXaResource(rollbacks, () -> link).commit(ID, false);
    assertEquals(List.of(vm), work.completed());
  }

  @Test
  void aPreparedBranchWhoseRecordIsDamagedIsInDoubtAgain() throws Exception {
    Branch branch = shown(Branch.Phase.PREPARED);
    Files.writeString(state.rollbacks().resolve(ID.fileName() + ".json"), "{");
    rollbacks.undoOrphans(link);
    assertEquals(Optional.of(branch), journal.find(ID));
    assertEquals(List.of(ID), rollbacks.prepared());
    assertEquals(List.of(), journal.damaged());
  }

  @Test
  void oneThatWasNotPreparedIsUndone() throws Exception {
    for (Branch.Phase phase :
        List.of(Branch.Phase.CAPTURING, Branch.Phase.REPLACING, Branch.Phase.RESTORED)) {
      lost(phase);
      rollbacks = server();
      rollbacks.undoOrphans(link);
    }
    assertEquals(List.of(vm, vm, vm), work.undone());
    assertEquals(List.of(), journal.list());
  }

  @Test
  void whatWasDecidedByHandIsDone() throws Exception {
    lost(Branch.Phase.COMMITTING_BY_HAND);
    rollbacks.undoOrphans(link);
    assertEquals(List.of(vm), work.completed());
  }

  @Test
  void aCopyWithoutItsKeyDoesNothing() throws Exception {
    lost(Branch.Phase.RESTORED);
    mirror.revoke(vm);
    assertNothingIsDone();
  }

  @Test
  void aCopyOfAFormerStateDoesNothing() throws Exception {
    shown(Branch.Phase.RESTORED);
    String former = text();
    lost(Branch.Phase.PREPARED);
    ELEMENT.set(domain, "<branch id='%s'>%s</branch>".formatted(ID.fileName(), former));
    assertNothingIsDone();
  }

  @Test
  void aForgedCopyDoesNothing() throws Exception {
    lost(Branch.Phase.RESTORED);
    for (String forged :
        List.of(
            "<branch/>",
            "<x id=''><y/></x>",
            "<branch id='../../etc/passwd' phase='%n'>" + "A".repeat(1 << 20) + "</branch>",
            "<branch>" + text().substring(4) + "</branch>")) {
      ELEMENT.set(domain, forged);
      rollbacks = server();
      assertNothingIsDone();
    }
  }

  private String text() throws Exception {
    return OwnMetadata.list(domain.definedXml()).get(0).text();
  }

  @Test
  void aBranchWhoseSnapshotsAreGoneIsNotTakenUp() throws Exception {
    lost(Branch.Phase.PREPARED);
    work.losesSnapshots();
    assertNothingIsDone();
  }

  @Test
  void aRunningGuestIsLeftAloneAlsoWhenItIsPausedLater() throws Exception {
    lost(Branch.Phase.PREPARED);
    domain.resume();
    assertNothingIsDone();
    domain.suspend();
    rollbacks = server();
    assertNothingIsDone();
  }

  @Test
  void theJournalDecidesWhereItKnowsTheVm() throws Exception {
    lost(Branch.Phase.RESTORED);
    Branch other = FakeWork.branch(new BranchId(131077, "0102", "04"), vm, Branch.Phase.PREPARED);
    journal.put(other);
    rollbacks.undoOrphans(link);
    assertEquals(List.of(other), journal.list());
  }

  @Test
  void aCopyOfWhatTheJournalKnowsToBeOverIsTakenOut() throws Exception {
    shown(Branch.Phase.PREPARED);
    journal.put(FakeWork.branch(ID, vm, Branch.Phase.UNDONE_BY_HAND));
    rollbacks.undoOrphans(link);
    assertEquals(List.of(), OwnMetadata.list(domain.definedXml()));
    assertEquals(List.of(), work.undone());
  }

  @Test
  void aCopyOfABranchThatIsOverMeanwhileCountsForNothing() throws Exception {
    Branch branch = FakeWork.branch(ID, vm, Branch.Phase.PREPARED);
    mirror.show(() -> link, branch);
    assertFalse(Files.exists(state.mirrorKey(vm)));
    assertNothingIsDone();
  }

  @Test
  void aCopyThatCannotBeWrittenStopsNothing() throws Exception {
    Branch branch = FakeWork.branch(ID, vm, Branch.Phase.RESTORED);
    journal.put(branch);
    mirror.show(
        () -> {
          throw LibvirtFailure.notConnected("test:///default");
        },
        branch);
    assertEquals(List.of(), OwnMetadata.list(domain.definedXml()), "nothing was written");
    assertEquals(Optional.of(branch), journal.find(ID));
  }

  @Test
  void aPreparedBranchIsShown() throws Exception {
    RollbackXaResource resource = new RollbackXaResource(rollbacks, () -> link);
    resource.start(ID, XAResource.TMNOFLAGS);
    resource.rollBack(
        link, new RollbackRequest(vm, new byte[0], 1, Optional.empty()), ProgressListener.NONE);
    resource.end(ID, XAResource.TMSUCCESS);
    assertEquals(XAResource.XA_OK, resource.prepare(ID));
    assertTrue(domain.definedXml().contains("PREPARED"));
    rollbacks.close();
  }
}
