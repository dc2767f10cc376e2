// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.StateComponent;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.config.OwnMetadata;
import io.vmattest.hypervisor.config.OwnMetadata.Found;
import io.vmattest.hypervisor.libvirt.DomainMetadata;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The copy of an open rollback in the VM's metadata: where it is, and what it is good for. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RollbackMirrorIT {
  private static final DomainMetadata ELEMENT =
      new DomainMetadata("vmattest", OwnMetadata.NAMESPACE);

  private TestHost host;
  private TestGuest guest;
  private CaptureResult attested;
  private TestTransaction transaction;
  private int attestedTick;
  private int suspectTick;
  private int printed;

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

  @BeforeEach
  void attest() throws Exception {
    attested = host.capture(guest.id(), true);
    attestedTick = guest.lastTick();
    guest.awaitTicks(8);
    transaction = new TestTransaction(host, guest.id());
  }

  @AfterEach
  void theGuestRunsOnAndNothingIsLeft() throws Exception {
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
    assertEquals(List.of(), records());
    assertEquals(List.of(), live());
    assertEquals(List.of(), defined());
    assertFalse(Files.exists(key()));
    assertEquals(guest.virsh("domblklist"), guest.virsh("domblklist", "--inactive"));
  }

  private List<Path> records() throws IOException {
    try (Stream<Path> left = Files.list(host.stateFolder().resolve("rollback"))) {
      return left.toList();
    }
  }

  private Path key() {
    return host.services().state().mirrorKey(guest.id());
  }

  private List<Found> live() throws Exception {
    return OwnMetadata.list(guest.virsh("dumpxml"));
  }

  private List<Found> defined() throws Exception {
    return OwnMetadata.list(guest.virsh("dumpxml", "--inactive"));
  }

  private void rollBack() throws Exception {
    transaction.rollBackTo(attested);
    suspectTick = guest.lastTick();
    printed = guest.ticks().size();
  }

  private int firstTick() throws Exception {
    guest.awaitTicks(1);
    return guest.ticks().get(printed);
  }

  /** The journal's folder is put back to what it was before; the process is a new one. */
  private void loseTheRecord() throws Exception {
    for (Path record : records()) {
      Files.delete(record);
    }
    host.restart();
    host.reconnect();
  }

  private RollbackXaResource recovery() {
    return new RollbackXaResource(host.services().rollbacks(), host::link);
  }

  private void assertShown(String phase) throws Exception {
    assertEquals(live(), defined());
    assertEquals(List.of(transaction.id.fileName()), defined().stream().map(Found::id).toList());
    assertEquals(phase, shownAs());
  }

  @Test
  void aCopyIsThereUntilTheRollbackIsCommitted() throws Exception {
    List<String> seen = new ArrayList<>();
    RollbackResult result =
        transaction.rollBackTo(
            attested,
            (step, part) -> {
              // What was restored a moment ago has none; the definition has it all the time.
              if (List.of("reading both snapshots", "checking the restored state").contains(step)) {
                seen.add(shownAs());
              }
            });
    assertEquals(List.of("CAPTURING", "REPLACING"), seen);
    assertShown("RESTORED");
    transaction.prepare();
    assertShown("PREPARED");
    assertEquals(
        config(attested), config(result.suspect()), "captured with a copy in its metadata");
    assertEquals(config(attested), config(result.restored()));
    transaction.resource.commit(transaction.id, false);
    assertEquals(List.of(), live());
    assertEquals(config(attested), config(host.capture(guest.id(), false)));
    assertNoKeptXmlHasIt();
  }

  /** The phase that the definition shows. */
  private String shownAs() {
    try {
      String xml = guest.virsh("dumpxml", "--inactive");
      return xml.replaceFirst("(?s).*<vmattest:branch [^>]* phase=.([A-Z]+).*", "$1");
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Optional<?> config(CaptureResult result) {
    return TestHost.report(result).component("config").map(StateComponent::digest);
  }

  private void assertNoKeptXmlHasIt() throws IOException {
    Path snapshots = host.stateFolder().resolve("snapshots").resolve(guest.id().toString());
    try (Stream<Path> files = Files.walk(snapshots)) {
      for (Path xml : files.filter(f -> f.endsWith("domain.xml")).toList()) {
        assertFalse(Files.readString(xml).contains(OwnMetadata.NAMESPACE), xml.toString());
      }
    }
  }

  @Test
  void aCopyIsGoneWhenTheRollbackIsUndone() throws Exception {
    rollBack();
    assertShown("RESTORED");
    transaction.resource.rollback(transaction.id);
    assertEquals(List.of(), live());
    assertEquals(List.of(), defined());
    assertTrue(firstTick() >= suspectTick);
  }

  @Test
  void aPreparedRollbackWhoseRecordIsLostIsCommitted() throws Exception {
    rollBack();
    transaction.prepare();
    loseTheRecord();
    assertEquals(0, recovery().recover(XAResource.TMSTARTRSCAN).length);
    host.services().rollbacks().undoOrphans(host.link());
    assertEquals("paused", guest.state());
    Xid[] found = recovery().recover(XAResource.TMSTARTRSCAN);
    assertEquals(1, found.length);
    assertArrayEquals(transaction.id.getGlobalTransactionId(), found[0].getGlobalTransactionId());
    assertTrue(host.services().rollbacks().openRollbacks().rollbacks().get(0).inDoubt());
    recovery().commit(found[0], false);
    assertTrue(firstTick() <= attestedTick + 1);
  }

  @Test
  void aPreparedRollbackWhoseRecordIsLostIsUndone() throws Exception {
    rollBack();
    transaction.prepare();
    loseTheRecord();
    host.services().rollbacks().undoOrphans(host.link());
    recovery().rollback(recovery().recover(XAResource.TMSTARTRSCAN)[0]);
    assertTrue(firstTick() >= suspectTick);
  }

  @Test
  void aPreparedRollbackWhoseRecordAndGuestAreLostIsCommitted() throws Exception {
    rollBack();
    transaction.prepare();
    guest.virsh("destroy");
    loseTheRecord();
    host.services().rollbacks().undoOrphans(host.link());
    recovery().commit(recovery().recover(XAResource.TMSTARTRSCAN)[0], false);
    assertTrue(firstTick() <= attestedTick + 1);
  }

  @Test
  void oneThatWasNotPreparedGivesTheSuspectBackThoughItsRecordIsLost() throws Exception {
    rollBack();
    loseTheRecord();
    host.services().rollbacks().undoOrphans(host.link());
    assertEquals("running", guest.state());
    assertTrue(firstTick() >= suspectTick);
  }

  /**
   * Who may define the VM wants its rollback undone: by a copy that he kept, and the guest paused.
   */
  @Test
  void aCopyThatIsPutBackWhenTheRollbackIsOverDoesNothing() throws Exception {
    rollBack();
    String kept = live().get(0).text();
    transaction.commit();
    guest.virsh("suspend");
    try (GuestDomain domain = host.link().domain(guest.id())) {
      ELEMENT.set(domain, "<branch id='%s'>%s</branch>".formatted(transaction.id.fileName(), kept));
      loseTheRecord();
      host.services().rollbacks().undoOrphans(host.link());
    }
    assertEquals("paused", guest.state());
    assertEquals(List.of(), records());
    assertEquals(0, recovery().recover(XAResource.TMSTARTRSCAN).length);
    assertEquals(config(attested), config(host.capture(guest.id(), false)));
    try (GuestDomain domain = host.link().domain(guest.id())) {
      ELEMENT.remove(domain);
    }
    guest.virsh("resume");
  }
}
