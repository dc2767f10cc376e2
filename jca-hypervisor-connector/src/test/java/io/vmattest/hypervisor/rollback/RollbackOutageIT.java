// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.testing.PrivateLibvirt;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** libvirtd ends when the VM is replaced already and the outcome is not known. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RollbackOutageIT {
  private PrivateLibvirt libvirt;
  private TestHost host;
  private TestGuest guest;
  private CaptureResult attested;
  private TestTransaction transaction;
  private int attestedTick;
  private int suspectTick;
  private int printed;

  @BeforeAll
  void start() throws Exception {
    libvirt = PrivateLibvirt.start();
    host = new TestHost(libvirt.uri());
    guest = TestGuest.start(libvirt.uri(), host.folder(), 1);
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
    libvirt.close();
  }

  @BeforeEach
  void replace() throws Exception {
    attested = host.capture(guest.id(), true);
    attestedTick = guest.lastTick();
    guest.awaitTicks(8);
    transaction = new TestTransaction(host, guest.id());
    transaction.rollBackTo(attested);
    suspectTick = guest.lastTick();
    printed = guest.ticks().size();
  }

  @AfterEach
  void theGuestRunsOn() throws Exception {
    assertEquals("running", guest.state());
    assertEquals(Optional.empty(), guest.mismatch());
    try (Stream<Path> left = Files.list(host.stateFolder().resolve("rollback"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  private void restartLibvirtd() throws Exception {
    libvirt.up();
    host.reconnect();
  }

  private int firstTick() throws Exception {
    try {
      guest.awaitTicks(1);
    } catch (AssertionError e) {
      List<String> lines = guest.serial();
      throw new AssertionError(
          guest.virsh("domstate", "--reason")
              + String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size())),
          e);
    }
    return guest.ticks().get(printed);
  }

  /** What the transaction manager's recovery does, with another resource. */
  private RollbackXaResource recovery() {
    return new RollbackXaResource(host.services().rollbacks(), host::link);
  }

  private void assertTriedAgain(org.junit.jupiter.api.function.Executable call) {
    assertEquals(XAException.XAER_RMFAIL, assertThrows(XAException.class, call).errorCode);
  }

  @Test
  void aDecidedCommitIsDoneWhenLibvirtdIsBack() throws Exception {
    transaction.prepare();
    libvirt.down();
    assertTriedAgain(() -> transaction.resource.commit(transaction.id, false));
    restartLibvirtd();
    assertEquals("paused", guest.state());
    host.services().rollbacks().undoOrphans(host.link());
    Xid[] found = recovery().recover(XAResource.TMSTARTRSCAN);
    assertEquals(1, found.length);
    recovery().commit(found[0], false);
    assertTrue(firstTick() <= attestedTick + 1);
  }

  @Test
  void aDecidedRollbackIsDoneWhenLibvirtdIsBack() throws Exception {
    transaction.prepare();
    libvirt.down();
    assertTriedAgain(() -> transaction.resource.rollback(transaction.id));
    restartLibvirtd();
    host.services().rollbacks().undoOrphans(host.link());
    assertEquals("paused", guest.state(), "the transaction manager has it rolled back, none else");
    recovery().rollback(transaction.id);
    assertTrue(firstTick() >= suspectTick);
  }

  @Test
  void aBranchThatWasNotPreparedIsBackAsSoonAsLibvirtdIs() throws Exception {
    libvirt.down();
    assertTriedAgain(() -> transaction.resource.rollback(transaction.id));
    restartLibvirtd();
    host.services().rollbacks().undoOrphans(host.link());
    assertTrue(firstTick() >= suspectTick);
  }
}
