// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.testing.TestHost;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** How a rollback ends: committed, undone, timed out, or by a later process. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RollbackIT {
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

  private static void assertSameState(AttestationReport expected, AttestationReport actual) {
    assertEquals(expected.components(), actual.components());
    assertEquals(expected.stateHash(), actual.stateHash());
  }

  @Test
  void aCommittedRollbackRunsFromTheAttestedMoment() throws Exception {
    int earliest = rig.guest.lastTick();
    CaptureResult attested = rig.attest();
    int latest = rig.guest.lastTick();
    rig.guest.awaitTicks(5);
    TestTransaction transaction = rig.transaction();
    RollbackResult result = transaction.rollBackTo(attested);
    assertEquals("paused", rig.guest.state());
    int printed = rig.guest.ticks().size();
    AttestationReport restored = TestHost.report(result.restored());
    assertSameState(TestHost.report(attested), restored);
    assertEquals(0, result.restored().differences().orElseThrow().totalPages());
    assertTrue(result.suspect().differences().orElseThrow().totalPages() > 0);
    assertEquals("suspect", TestHost.report(result.suspect()).trigger());
    assertEquals("rollback", restored.trigger());
    transaction.commit();
    assertEquals("running", rig.guest.state());
    rig.guest.awaitTicks(2);
    int first = rig.ticksAfter(printed).get(0);
    assertTrue(
        first >= earliest && first <= latest + 1,
        "went on with tick " + first + ", attested between " + earliest + " and " + latest);
  }

  @Test
  void aTransactionThatRollsBackLeavesTheSuspectAsItWas() throws Exception {
    CaptureResult attested = rig.attest();
    rig.guest.awaitTicks(5);
    TestTransaction transaction = rig.transaction();
    transaction.rollBackTo(attested);
    int before = rig.guest.lastTick();
    int printed = rig.guest.ticks().size();
    transaction.resource.rollback(transaction.id);
    assertEquals("running", rig.guest.state());
    rig.guest.awaitTicks(2);
    int first = rig.ticksAfter(printed).get(0);
    assertTrue(
        first >= before && first <= before + 2, "went on with " + first + " after " + before);
  }

  @Test
  void aSuspendedGuestIsSuspendedAfterItsRollback() throws Exception {
    rig.guest.virsh("suspend");
    CaptureResult attested = rig.attest();
    rig.guest.virsh("resume");
    rig.guest.awaitTicks(2);
    rig.guest.virsh("suspend");
    try {
      TestTransaction transaction = rig.transaction();
      RollbackResult result = transaction.rollBackTo(attested);
      transaction.commit();
      assertEquals("paused", rig.guest.state());
      assertSameState(TestHost.report(attested), TestHost.report(result.restored()));
      CaptureResult again = rig.host.capture(rig.guest.id(), false);
      assertSameState(TestHost.report(attested), TestHost.report(again));
    } finally {
      rig.guest.virsh("resume");
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
    CaptureResult attested = rig.attest();
    rig.guest.awaitTicks(5);
    TestTransaction transaction = rig.transaction();
    int before = rig.guest.lastTick();
    int printed = rig.guest.ticks().size();
    HypervisorException late =
        assertThrows(
            HypervisorException.class,
            () -> transaction.rollBackTo(attested, transaction.timingOutAt(lastStep)));
    assertEquals(0, late.getSuppressed().length);
    assertEquals("running", rig.guest.state());
    rig.guest.awaitTicks(2);
    int first = rig.ticksAfter(printed).get(0);
    assertTrue(first > before, "went on with " + first + " after " + before);
    rig.host.capture(rig.guest.id(), false);
  }

  @Test
  void aGuestThatWasStartedAfreshMeanwhileIsNotTakenForTheRestoredOne() throws Exception {
    int earliest = rig.guest.lastTick();
    CaptureResult attested = rig.attest();
    int latest = rig.guest.lastTick();
    rig.guest.awaitTicks(5);
    TestTransaction transaction = rig.transaction();
    transaction.rollBackTo(attested);
    transaction.prepare();
    // As after a restart of the host, where it is started by itself.
    rig.guest.virsh("destroy");
    rig.guest.virsh("start");
    int printed = rig.guest.ticks().size();
    transaction.resource.commit(transaction.id, false);
    assertEquals("running", rig.guest.state());
    rig.guest.awaitTicks(2);
    int first = rig.ticksAfter(printed).get(0);
    assertTrue(
        first >= earliest && first <= latest + 1,
        "went on with tick " + first + ", attested between " + earliest + " and " + latest);
  }

  @Test
  void aGuestThatIsGoneMeanwhileIsRestoredAgain() throws Exception {
    CaptureResult attested = rig.attest();
    TestTransaction transaction = rig.transaction();
    transaction.rollBackTo(attested);
    transaction.prepare();
    rig.guest.virsh("destroy");
    transaction.resource.commit(transaction.id, false);
    assertEquals("running", rig.guest.state());
  }

  @Test
  void aBranchThatWasPreparedIsCommittedByALaterProcess() throws Exception {
    CaptureResult attested = rig.attest();
    rig.guest.awaitTicks(3);
    TestTransaction transaction = rig.transaction();
    transaction.rollBackTo(attested);
    assertEquals(XAResource.XA_OK, transaction.resource.prepare(transaction.id));
    // The process dies here; its locks go with it.
    rig.host.restart();
    rig.host.services().rollbacks().undoOrphans(rig.host.link());
    assertEquals("paused", rig.guest.state());
    RollbackXaResource later =
        new RollbackXaResource(rig.host.services().rollbacks(), rig.host::link);
    Xid[] found = later.recover(XAResource.TMSTARTRSCAN);
    assertEquals(1, found.length);
    assertArrayEquals(transaction.id.getGlobalTransactionId(), found[0].getGlobalTransactionId());
    later.commit(found[0], false);
    assertEquals("running", rig.guest.state());
    assertEquals(0, later.recover(XAResource.TMSTARTRSCAN).length);
  }

  @Test
  void aBranchThatDiedBeforeItWasPreparedGivesTheSuspectBack() throws Exception {
    CaptureResult attested = rig.attest();
    rig.guest.awaitTicks(5);
    rig.transaction().rollBackTo(attested);
    int before = rig.guest.lastTick();
    int printed = rig.guest.ticks().size();
    rig.host.restart();
    assertEquals(
        Reason.CAPTURE_IN_PROGRESS,
        assertThrows(HypervisorException.class, () -> rig.host.capture(rig.guest.id(), false))
            .reason());
    rig.host.services().rollbacks().undoOrphans(rig.host.link());
    rig.guest.awaitTicks(2);
    int first = rig.ticksAfter(printed).get(0);
    assertTrue(
        first >= before && first <= before + 2, "went on with " + first + " after " + before);
  }
}
