// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.ra.HostServices;
import io.vmattest.hypervisor.ra.HostSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol, on branches that lie on disk; the work itself is tested with real guests. */
class RollbackXaResourceTest {
  private static final BranchId ID = new BranchId(131077, "0102", "03");

  @TempDir Path folder;
  private HostServices services;
  private RollbackXaResource resource;
  private BranchJournal journal;

  private HostSettings settings(String tcti) {
    return HostSettings.of("test:///default", "host", folder, tcti);
  }

  @BeforeEach
  void open() throws IOException {
    services = HostServices.open(settings("swtpm:path=/nowhere"));
    resource = new RollbackXaResource(services.rollbacks(), this::noHost);
    journal = new BranchJournal(folder.resolve("rollback"));
  }

  @AfterEach
  void close() {
    services.close();
  }

  private HostLink noHost() throws LibvirtFailure {
    return HostLink.open("test:///nowhere");
  }

  private static Branch replacing(UUID vm) {
    return FakeWork.branch(ID, vm, Branch.Phase.REPLACING);
  }

  @Test
  void aBranchWithoutWorkIsReadOnly() throws XAException {
    resource.start(ID, XAResource.TMNOFLAGS);
    resource.end(ID, XAResource.TMSUCCESS);
    assertEquals(XAResource.XA_RDONLY, resource.prepare(ID));
    assertEquals(0, resource.recover(XAResource.TMSTARTRSCAN).length);
  }

  @Test
  void aPreparedBranchIsFoundByALaterProcess() throws XAException, IOException {
    journal.put(replacing(UUID.randomUUID()).restored("process"));
    assertEquals(0, resource.recover(XAResource.TMSTARTRSCAN).length);
    journal.put(replacing(UUID.randomUUID()).restored("process").prepared());
    try (HostServices later = HostServices.open(settings("none"))) {
      Xid[] found =
          new RollbackXaResource(later.rollbacks(), this::noHost)
              .recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
      assertEquals(1, found.length);
      assertArrayEquals(ID.getGlobalTransactionId(), found[0].getGlobalTransactionId());
      assertArrayEquals(ID.getBranchQualifier(), found[0].getBranchQualifier());
      assertEquals(ID.getFormatId(), found[0].getFormatId());
    }
  }

  @Test
  void onlyTheProcessThatRestoredAVmPreparesItsBranch() throws XAException, IOException {
    for (Branch branch :
        List.of(replacing(UUID.randomUUID()), replacing(UUID.randomUUID()).restored("process"))) {
      journal.put(branch);
      XAException refused = assertThrows(XAException.class, () -> resource.prepare(ID));
      assertEquals(XAException.XA_RBROLLBACK, refused.errorCode);
      assertEquals(List.of(branch), journal.list());
      assertEquals(0, resource.recover(XAResource.TMSTARTRSCAN).length);
    }
  }

  @Test
  void aHostThatDoesNotAnswerLeavesTheBranchToBeTriedAgain() throws XAException, IOException {
    journal.put(replacing(UUID.randomUUID()).prepared());
    for (int i = 0; i < 2; i++) {
      XAException failure = assertThrows(XAException.class, () -> resource.commit(ID, false));
      assertEquals(XAException.XAER_RMFAIL, failure.errorCode);
      failure = assertThrows(XAException.class, () -> resource.rollback(ID));
      assertEquals(XAException.XAER_RMFAIL, failure.errorCode);
    }
    assertEquals(1, resource.recover(XAResource.TMSTARTRSCAN).length);
  }

  @Test
  void onlyWhatWasDecidedByHandAndIsDoneIsForgotten() throws XAException, IOException {
    Branch prepared = replacing(UUID.randomUUID()).prepared();
    for (Branch open : List.of(prepared, prepared.decided(RollbackOutcome.COMMIT))) {
      journal.put(open);
      XAException refused = assertThrows(XAException.class, () -> resource.forget(ID));
      assertEquals(XAException.XAER_PROTO, refused.errorCode);
    }
    journal.close(prepared.decided(RollbackOutcome.COMMIT));
    assertEquals(1, resource.recover(XAResource.TMSTARTRSCAN).length);
    resource.forget(ID);
    assertEquals(0, resource.recover(XAResource.TMSTARTRSCAN).length);
    assertEquals(List.of(), journal.list());
  }

  @Test
  void aBranchThatIsNotPreparedWithinItsTimeoutIsDoomed() throws Exception {
    assertTrue(resource.setTransactionTimeout(1));
    assertEquals(1, resource.getTransactionTimeout());
    resource.start(ID, XAResource.TMNOFLAGS);
    resource.end(ID, XAResource.TMSUCCESS);
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < 1_100_000_000L) {
      Thread.onSpinWait();
    }
    XAException late = assertThrows(XAException.class, () -> resource.prepare(ID));
    assertEquals(XAException.XA_RBTIMEOUT, late.errorCode);
    assertEquals(
        XAException.XAER_INVAL,
        assertThrows(XAException.class, () -> resource.setTransactionTimeout(-1)).errorCode);
  }

  @Test
  void aVmWithAnOpenBranchIsLeftAlone() throws IOException {
    UUID vm = UUID.randomUUID();
    journal.put(replacing(vm));
    HypervisorException busy =
        assertThrows(HypervisorException.class, () -> services.rollbacks().checkFree(vm));
    assertEquals(Reason.CAPTURE_IN_PROGRESS, busy.reason());
  }

  @Test
  void aRollbackNeedsATransaction() throws LibvirtFailure {
    try (HostLink link = HostLink.open("test:///default")) {
      assertThrows(
          IllegalStateException.class,
          () ->
              resource.rollBack(
                  link,
                  new io.vmattest.hypervisor.api.RollbackRequest(
                      UUID.randomUUID(), new byte[0], 1, Optional.empty()),
                  io.vmattest.hypervisor.api.ProgressListener.NONE));
    }
  }

  @Test
  void aSecondStartIsAProtocolError() throws XAException {
    resource.start(ID, XAResource.TMNOFLAGS);
    XAException failure =
        assertThrows(XAException.class, () -> resource.start(ID, XAResource.TMNOFLAGS));
    assertEquals(XAException.XAER_PROTO, failure.errorCode);
    assertTrue(resource.isSameRM(resource));
  }
}
