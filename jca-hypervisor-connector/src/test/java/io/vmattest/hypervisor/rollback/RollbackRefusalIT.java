// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Rollbacks that must not be: they are refused before the guest is touched. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RollbackRefusalIT {
  private TestHost host;
  private TestGuest guest;
  private CaptureResult first;

  /** Its disk rests on the first one's. */
  private CaptureResult second;

  private String definition = "";

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
    first = host.capture(guest.id(), true);
    guest.awaitTicks(2);
    second = host.capture(guest.id(), true);
    definition = guest.virsh("dumpxml", "--inactive", "--security-info");
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
  }

  @AfterEach
  void theGuestRunsOn() throws Exception {
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
    try (Stream<Path> left = Files.list(host.stateFolder().resolve("rollback"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  /** Refused, and nothing was begun that could have touched the guest. */
  private HypervisorException refused(Reason reason, CaptureResult attested) {
    return refused(reason, attested, guest.id());
  }

  private HypervisorException refused(Reason reason, CaptureResult attested, UUID vm) {
    List<String> steps = new ArrayList<>();
    TestTransaction transaction = new TestTransaction(host, vm);
    HypervisorException refused =
        assertThrows(
            HypervisorException.class,
            () -> transaction.rollBackTo(attested, (step, part) -> steps.add(step)));
    assertEquals(reason, refused.reason(), refused.getMessage());
    assertEquals(List.of(), steps);
    return refused;
  }

  private void assertBusy(String with) {
    HypervisorException busy = refused(Reason.CAPTURE_IN_PROGRESS, second);
    assertTrue(String.valueOf(busy.getMessage()).contains(with), busy.getMessage());
  }

  @Test
  void duringACopyOfADisk() throws Exception {
    Path copy = host.folder().resolve("copy.qcow2");
    guest.virsh("blockcopy", "vda", copy.toString(), "--transient-job", "--bandwidth", "1");
    try {
      assertBusy("mirror");
    } finally {
      guest.virsh("blockjob", "vda", "--abort");
    }
  }

  @Test
  void duringABackup() throws Exception {
    Path xml = host.folder().resolve("backup.xml");
    Path sockets = Files.createDirectory(host.folder().resolve("nbd"));
    Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.writeString(
        xml,
        "<domainbackup mode='pull'><server transport='unix' socket='%s'/></domainbackup>"
            .formatted(sockets.resolve("nbd.socket")));
    guest.virsh("backup-begin", xml.toString());
    try {
      assertBusy("backs it up");
    } finally {
      guest.virsh("domjobabort");
    }
  }

  @Test
  void duringAMigrationThatIsNotOurs() throws Exception {
    Path socket = host.folder().resolve("migration.socket");
    try (ServerSocketChannel nobodyReads = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      nobodyReads.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));
      guest.virsh(
          "qemu-monitor-command",
          "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"unix:" + socket + "\"}}");
      try {
        assertBusy("migration is");
      } finally {
        guest.virsh("qemu-monitor-command", "{\"execute\":\"migrate_cancel\"}");
      }
    }
    TestGuest.awaitThat("the migration's end", this::isMigrationOver);
  }

  private boolean isMigrationOver() {
    try {
      return guest
          .virsh("qemu-monitor-command", "{\"execute\":\"query-migrate\"}")
          .contains("cancelled");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void duringACaptureOrAnotherRollback() throws Exception {
    try (VmLocks.Held held = host.services().locks().acquire(guest.id())) {
      refused(Reason.CAPTURE_IN_PROGRESS, second);
    }
    TestTransaction other = new TestTransaction(host, guest.id());
    other.rollBackTo(second);
    refused(Reason.CAPTURE_IN_PROGRESS, second);
    assertEquals("paused", guest.state(), "the other one's guest is as it was");
    other.resource.rollback(other.id);
  }

  private void assertRefusedAs(String other, String difference) throws Exception {
    Path xml = Files.writeString(host.folder().resolve("other.xml"), other);
    String uri = TestHost.SYSTEM;
    String before = guest.virsh("dumpxml", "--inactive", "--security-info");
    TestGuest.run("virsh", "-q", "-c", uri, "define", xml.toString());
    try {
      String redefined = guest.virsh("dumpxml", "--inactive", "--security-info");
      HypervisorException refused = refused(Reason.DEFINITION_DIFFERS, second);
      assertTrue(String.valueOf(refused.getMessage()).contains(difference), refused.getMessage());
      assertEquals(redefined, guest.virsh("dumpxml", "--inactive", "--security-info"));
    } finally {
      Files.writeString(xml, before);
      TestGuest.run("virsh", "-q", "-c", uri, "define", xml.toString());
    }
  }

  private static String with(String xml, String pattern, String replacement) {
    String changed = xml.replaceFirst(pattern, replacement);
    assertTrue(!changed.equals(xml), () -> "no " + pattern + " in " + xml);
    return changed;
  }

  @Test
  void ofAVmThatIsDefinedWithOtherMemory() throws Exception {
    String more = with(definition, "<memory unit='KiB'>\\d+", "<memory unit='KiB'>524288");
    assertRefusedAs(more, "memory: 524288 KiB");
  }

  @Test
  void ofAVmThatIsDefinedWithMoreProcessors() throws Exception {
    assertRefusedAs(with(definition, "(<vcpu[^>]*>)1<", "$17<"), "vCPUs: 7, not 1");
  }

  @Test
  void ofAVmThatIsDefinedWithAnotherDisk() throws Exception {
    Path image = host.folder().resolve("other.raw");
    Files.write(image, new byte[4096]);
    String disk =
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/>"
            + "<target dev='vdb' bus='virtio'/></disk></devices>";
    assertRefusedAs(with(definition, "</devices>", disk.formatted(image)), "vdb virtio disk");
  }

  @Test
  void whereTheFrozenImageIsGone() throws Exception {
    withoutTheFirstImage(() -> refused(Reason.SNAPSHOT_DAMAGED, first));
  }

  @Test
  void whereAnImageIsGoneThatTheFrozenOneRestsOn() throws Exception {
    withoutTheFirstImage(() -> refused(Reason.SNAPSHOT_DAMAGED, second));
  }

  /** The guest has it open, and runs on. */
  private void withoutTheFirstImage(Runnable test) throws Exception {
    Path image = host.folder().resolve(guest.name() + ".qcow2");
    Path away = image.resolveSibling("away");
    Files.move(image, away);
    try {
      test.run();
    } finally {
      Files.move(away, image);
    }
  }

  @Test
  void ofAVmThatIsNotThere() throws Exception {
    try (TestGuest gone = TestGuest.start(host.folder(), 1)) {
      CaptureResult attested = host.capture(gone.id(), true);
      gone.virsh("destroy");
      refused(Reason.VM_NOT_ACTIVE, attested, gone.id());
      gone.virsh("undefine");
      refused(Reason.NO_SUCH_VM, attested, gone.id());
    }
  }
}
