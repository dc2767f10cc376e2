// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Branches in doubt: who sees them, who may decide them, and what the manager is told then. */
class HandDecisionsTest {
  private static final BranchId ID = new BranchId(131077, "0102", "03");

  @TempDir Path folder;
  private final UUID vm = UUID.randomUUID();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private BranchJournal journal;
  private FakeWork work;
  private Rollbacks rollbacks;
  private RollbackXaResource resource;
  private HostLink link;

  @BeforeEach
  void open() throws Exception {
    StateFolder state = StateFolder.at(folder);
    journal = new BranchJournal(state.rollbacks());
    work = new FakeWork(journal);
    InstantSource source = now::get;
    Clock clock = source.withZone(ZoneOffset.UTC);
    rollbacks = new Rollbacks(state, new VmLocks(state.locks()), own -> work, clock);
    link = HostLink.open("test:///default");
    resource = new RollbackXaResource(rollbacks, () -> link);
  }

  @AfterEach
  void close() {
    rollbacks.close();
    link.close();
  }

  private void prepared() throws Exception {
    journal.put(FakeWork.branch(ID, vm, Branch.Phase.PREPARED));
  }

  /** Passes of the transaction manager's recovery, which leaves everything. */
  private void recoveryPasses(int passes) throws XAException {
    for (int i = 0; i < passes; i++) {
      now.updateAndGet(at -> at.plusSeconds(10));
      resource.recover(XAResource.TMSTARTRSCAN);
      resource.recover(XAResource.TMENDRSCAN);
      resource.recover(XAResource.TMSTARTRSCAN);
    }
  }

  private OpenRollback only() throws HypervisorException {
    List<OpenRollback> all = rollbacks.openRollbacks().rollbacks();
    assertEquals(1, all.size());
    return all.get(0);
  }

  private void resolve(RollbackOutcome outcome) throws HypervisorException {
    rollbacks.resolve(link, ID.fileName(), outcome);
  }

  private Reason refusal(RollbackOutcome outcome) {
    return assertThrows(HypervisorException.class, () -> resolve(outcome)).reason();
  }

  private static int codeOf(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(XAException.class, call).errorCode;
  }

  @Test
  void aBranchOfALivingTransactionIsSeenAndNotInDoubt() throws Exception {
    resource.start(ID, XAResource.TMNOFLAGS);
    resource.rollBack(
        link, new RollbackRequest(vm, new byte[0], 1, Optional.empty()), ProgressListener.NONE);
    assertEquals(OpenRollback.Phase.RESTORED, only().phase());
    resource.end(ID, XAResource.TMSUCCESS);
    resource.prepare(ID);
    recoveryPasses(10);
    assertEquals(OpenRollback.Phase.PREPARED, only().phase());
    assertFalse(only().inDoubt());
    assertEquals(Reason.ROLLBACK_NOT_IN_DOUBT, refusal(RollbackOutcome.COMMIT));
    resource.commit(ID, false);
    assertEquals(List.of(vm), work.completed());
    assertEquals(List.of(), rollbacks.openRollbacks().rollbacks());
  }

  @Test
  void aDamagedRecordIsSeenByItsName() throws Exception {
    String name = "0".repeat(64) + ".json";
    Files.writeString(folder.resolve("rollback").resolve(name), "{");
    assertEquals(name + ".damaged", rollbacks.openRollbacks().damaged().get(0).file());
    assertEquals(List.of(), rollbacks.openRollbacks().rollbacks());
  }

  @Test
  void aBranchIsDecidedByHandOnlyAfterRecoveryHasLeftItAgainAndAgain() throws Exception {
    prepared();
    for (int passes = 0; passes < RecoveryScans.ENOUGH; passes++) {
      assertTrue(only().inDoubt());
      assertFalse(only().unclaimed());
      assertEquals(Reason.ROLLBACK_NOT_IN_DOUBT, refusal(RollbackOutcome.COMMIT));
      recoveryPasses(1);
    }
    assertTrue(only().unclaimed());
    resolve(RollbackOutcome.COMMIT);
    assertEquals(List.of(vm), work.completed());
  }

  @Test
  void theManagerIsToldWhatWasDecidedUntilItForgets() throws Exception {
    prepared();
    recoveryPasses(RecoveryScans.ENOUGH);
    resolve(RollbackOutcome.ROLL_BACK);
    assertEquals(OpenRollback.Phase.UNDONE_BY_HAND, only().phase());
    rollbacks.checkFree(vm);
    assertEquals(XAException.XA_HEURRB, codeOf(() -> resource.commit(ID, false)));
    assertEquals(XAException.XA_HEURRB, codeOf(() -> resource.rollback(ID)));
    assertEquals(1, resource.recover(XAResource.TMSTARTRSCAN).length);
    assertEquals(List.of(vm), work.undone());
    resource.forget(ID);
    assertEquals(List.of(), rollbacks.openRollbacks().rollbacks());
    assertEquals(0, resource.recover(XAResource.TMSTARTRSCAN).length);
  }

  @Test
  void aDecisionThatCannotBeDoneIsKeptAndDoneLater() throws Exception {
    prepared();
    recoveryPasses(RecoveryScans.ENOUGH);
    work.failsOn(vm, true);
    assertEquals(Reason.RESTORE_FAILED, refusal(RollbackOutcome.COMMIT));
    assertEquals(OpenRollback.Phase.COMMITTING_BY_HAND, only().phase());
    assertThrows(HypervisorException.class, () -> rollbacks.checkFree(vm));
    assertEquals(Reason.ROLLBACK_NOT_IN_DOUBT, refusal(RollbackOutcome.ROLL_BACK));
    assertEquals(XAException.XAER_RMFAIL, codeOf(() -> resource.rollback(ID)));
    work.failsOn(vm, false);
    rollbacks.undoOrphans(link);
    assertEquals(List.of(vm), work.completed());
    assertEquals(List.of(), work.undone());
    assertEquals(OpenRollback.Phase.COMMITTED_BY_HAND, only().phase());
    assertEquals(XAException.XA_HEURCOM, codeOf(() -> resource.rollback(ID)));
  }

  @Test
  void aManagerThatAsksMeanwhileHasTheDecisionDone() throws Exception {
    journal.put(FakeWork.branch(ID, vm, Branch.Phase.PREPARED).decided(RollbackOutcome.ROLL_BACK));
    assertEquals(XAException.XA_HEURRB, codeOf(() -> resource.commit(ID, false)));
    assertEquals(List.of(vm), work.undone());
    assertEquals(List.of(), work.completed());
  }

  @Test
  void whatIsDecidedIsNotDecidedAgain() throws Exception {
    prepared();
    recoveryPasses(RecoveryScans.ENOUGH);
    resolve(RollbackOutcome.COMMIT);
    for (RollbackOutcome outcome : RollbackOutcome.values()) {
      assertEquals(Reason.ROLLBACK_NOT_IN_DOUBT, refusal(outcome));
    }
    assertEquals(1, work.completed().size());
  }

  @Test
  void anUnknownRollbackCannotBeDecided() {
    assertEquals(Reason.NO_SUCH_ROLLBACK, refusal(RollbackOutcome.COMMIT));
  }

  @Test
  void everyPhaseHasItsNameOutside() {
    assertEquals(
        Arrays.stream(Branch.Phase.values()).map(Enum::name).toList(),
        Arrays.stream(OpenRollback.Phase.values()).map(Enum::name).toList());
  }
}
