// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of a branch when its transaction, its work and its record end as they should not.
 */
class RollbacksTest {
  private static final BranchId ID = new BranchId(131077, "0102", "03");
  private static final BranchId OTHER = new BranchId(131077, "0102", "04");

  @TempDir Path folder;
  private final UUID vm = UUID.randomUUID();
  private BranchJournal journal;
  private VmLocks locks;
  private FakeWork work;
  private Rollbacks rollbacks;
  private RollbackXaResource resource;
  private HostLink link;

  @BeforeEach
  void open() throws Exception {
    StateFolder state = StateFolder.at(folder);
    locks = new VmLocks(state.locks());
    journal = new BranchJournal(state.rollbacks());
    work = new FakeWork(journal);
    rollbacks = new Rollbacks(state, locks, own -> work);
    link = HostLink.open("test:///default");
    resource = new RollbackXaResource(rollbacks, () -> link);
  }

  @AfterEach
  void close() {
    rollbacks.close();
    link.close();
  }

  private void rollBack() throws Exception {
    resource.start(ID, XAResource.TMNOFLAGS);
    resource.rollBack(
        link, new RollbackRequest(vm, new byte[0], 1, Optional.empty()), ProgressListener.NONE);
    resource.end(ID, XAResource.TMSUCCESS);
  }

  /** What the transaction manager's reaper does, while the work goes on. */
  private void timeOut() throws XAException {
    resource.end(ID, XAResource.TMFAIL);
    resource.rollback(ID);
  }

  private void assertFree() throws Exception {
    assertFalse(locks.isHeld(vm));
    assertEquals(Set.of(), rollbacks.atWork());
    assertEquals(List.of(), journal.list());
    rollbacks.checkFree(vm);
  }

  private static int codeOf(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(XAException.class, call).errorCode;
  }

  /** The journal cannot write this branch any more. */
  private void fillTheDisk() throws Exception {
    Path temporary = folder.resolve("rollback").resolve("." + ID.fileName() + ".json.new");
    Files.createDirectories(temporary.resolve("full"));
  }

  @Test
  void aTransactionThatTimesOutHasTheWorkStoppedAndUndone() throws Exception {
    work.whileReplacing(this::timeOut);
    assertThrows(HypervisorException.class, this::rollBack);
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void aTransactionThatTimesOutAtTheLastMomentHasTheWorkUndone() throws Exception {
    work.asksForNoPermit();
    work.whileReplacing(this::timeOut);
    assertThrows(HypervisorException.class, this::rollBack);
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void aTimedOutBranchThatCannotUndoItselfIsLeftToRecovery() throws Exception {
    work.asksForNoPermit();
    work.whileReplacing(
        () -> {
          timeOut();
          work.failsOn(vm, true);
        });
    assertThrows(HypervisorException.class, this::rollBack);
    assertFalse(locks.isHeld(vm));
    work.failsOn(vm, false);
    rollbacks.undoOrphans(link);
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void theReaperDoesNotWaitForWorkThatGoesOn() throws Exception {
    AtomicBoolean undoneMeanwhile = new AtomicBoolean();
    work.whileReplacing(
        () -> {
          timeOut();
          undoneMeanwhile.set(!work.undone().isEmpty());
        });
    assertThrows(HypervisorException.class, this::rollBack);
    assertFalse(undoneMeanwhile.get());
  }

  @Test
  void anInterruptedThreadRollsBackToTheEnd() throws Exception {
    rollBack();
    AtomicBoolean sawInterrupt = new AtomicBoolean();
    work.whileUndoing(() -> sawInterrupt.set(Thread.currentThread().isInterrupted()));
    Thread.currentThread().interrupt();
    try {
      resource.rollback(ID);
    } finally {
      assertTrue(Thread.interrupted(), "the interrupt is kept for the caller");
    }
    assertFalse(sawInterrupt.get());
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void aBranchThatCannotBePreparedIsRolledBack() throws Exception {
    rollBack();
    fillTheDisk();
    assertEquals(XAException.XA_RBROLLBACK, codeOf(() -> resource.prepare(ID)));
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void aBranchThatCanNeitherBePreparedNorUndoneIsAnOrphanAtOnce() throws Exception {
    rollBack();
    fillTheDisk();
    work.failsOn(vm, true);
    assertEquals(XAException.XA_RBROLLBACK, codeOf(() -> resource.prepare(ID)));
    assertFalse(locks.isHeld(vm));
    work.failsOn(vm, false);
    rollbacks.undoOrphans(link);
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void aBranchThatCannotBeRolledBackIsAnOrphanAtOnce() throws Exception {
    rollBack();
    work.failsOn(vm, true);
    assertEquals(XAException.XAER_RMFAIL, codeOf(() -> resource.rollback(ID)));
    work.failsOn(vm, false);
    rollbacks.undoOrphans(link);
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void aBranchWhoseWorkAndUndoFailedIsNeverCommitted() throws Exception {
    work.failsOn(vm, true);
    work.whileReplacing(
        () -> {
          throw new HypervisorException(Reason.RESTORE_FAILED, "restoring failed");
        });
    assertThrows(HypervisorException.class, this::rollBack);
    assertEquals(XAException.XA_RBROLLBACK, codeOf(() -> resource.prepare(ID)));
    assertEquals(XAException.XA_RBROLLBACK, codeOf(() -> resource.commit(ID, true)));
    assertEquals(XAException.XAER_PROTO, codeOf(() -> resource.commit(ID, false)));
    assertEquals(List.of(), work.completed());
    assertEquals(0, resource.recover(XAResource.TMSTARTRSCAN).length);
    work.failsOn(vm, false);
    rollbacks.undoOrphans(link);
    assertEquals(List.of(vm), work.undone());
  }

  @Test
  void onePhaseCommitsWhatIsRestored() throws Exception {
    rollBack();
    resource.commit(ID, true);
    assertEquals(List.of(vm), work.completed());
    assertFree();
  }

  @Test
  void onePhaseThatFailsRollsBack() throws Exception {
    rollBack();
    work.failsOn(vm, true);
    work.whileUndoing(() -> work.failsOn(vm, false));
    assertEquals(XAException.XA_RBROLLBACK, codeOf(() -> resource.commit(ID, true)));
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void aBranchThatWaitsForItsTransactionIsNoOrphan() throws Exception {
    rollBack();
    rollbacks.undoOrphans(link);
    assertEquals(XAResource.XA_OK, resource.prepare(ID));
    rollbacks.undoOrphans(link);
    resource.commit(ID, false);
    assertEquals(List.of(), work.undone());
    assertEquals(List.of(vm), work.completed());
    assertFree();
  }

  @Test
  void aBranchThatWasDecidedAfterTheOrphansWereListedIsNotUndone() throws Exception {
    UUID otherVm = UUID.randomUUID();
    List<Branch> both =
        List.of(
            FakeWork.branch(ID, vm, Branch.Phase.RESTORED),
            FakeWork.branch(OTHER, otherVm, Branch.Phase.RESTORED));
    for (Branch branch : both) {
      journal.put(branch);
    }
    // Whichever is the first to be undone, the other is prepared meanwhile.
    work.whileUndoing(
        () -> {
          for (Branch branch : journal.list()) {
            if (!locks.isHeld(branch.vm())) {
              journal.put(branch.prepared());
            }
          }
        });
    rollbacks.undoOrphans(link);
    assertEquals(1, work.undone().size());
    assertEquals(1, resource.recover(XAResource.TMSTARTRSCAN).length);
  }

  @Test
  void anOrphanThatCannotBeUndoneDoesNotStopTheOthers() throws Exception {
    UUID hopeless = UUID.randomUUID();
    journal.put(FakeWork.branch(OTHER, hopeless, Branch.Phase.REPLACING));
    journal.put(FakeWork.branch(ID, vm, Branch.Phase.REPLACING));
    Files.writeString(folder.resolve("rollback").resolve("0".repeat(64) + ".json"), "{");
    work.failsOn(hopeless, true);
    rollbacks.undoOrphans(link);
    assertEquals(List.of(vm), work.undone());
    rollbacks.checkFree(vm);
  }

  @Test
  void workThatGoesOnWhenAllStopsKeepsItsLockAndUndoesItself() throws Exception {
    AtomicBoolean held = new AtomicBoolean();
    work.whileReplacing(
        () -> {
          rollbacks.close();
          held.set(locks.isHeld(vm));
        });
    assertThrows(HypervisorException.class, this::rollBack);
    assertTrue(held.get());
    assertEquals(List.of(vm), work.undone());
    assertFree();
  }

  @Test
  void aTransactionThatOutlivesItsConnectorIsRolledBack() throws Exception {
    rollBack();
    rollbacks.close();
    assertFalse(locks.isHeld(vm));
    assertEquals(XAException.XA_RBROLLBACK, codeOf(() -> resource.prepare(ID)));
    assertEquals(Branch.Phase.RESTORED, journal.list().get(0).phase());
  }

  @Test
  void aTransactionRollsBackOneVm() throws Exception {
    rollBack();
    HypervisorException refused = assertThrows(HypervisorException.class, this::rollBack);
    assertEquals(Reason.CAPTURE_IN_PROGRESS, refused.reason());
    resource.end(ID, XAResource.TMSUCCESS);
    assertEquals(XAResource.XA_OK, resource.prepare(ID));
  }
}
