// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.testing.FirmwareGuest;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** QEMU loads the state of each device into what is left of it in a clone. */
@Tag("guest")
class ManyDevicesIT {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Path TPMS = Path.of("/var/lib/libvirt/swtpm");

  private TestHost host;

  @BeforeEach
  void start() throws Exception {
    host = new TestHost();
  }

  @AfterEach
  void stop() throws Exception {
    host.close();
  }

  private String devices() throws Exception {
    Path medium = host.folder().resolve("medium.iso");
    Files.write(medium, new byte[1 << 20]);
    return """
        <graphics type='vnc' autoport='yes' listen='127.0.0.1'/>
        <video><model type='vga'/></video>
        <interface type='user'><model type='e1000'/></interface>
        <interface type='ethernet'><model type='virtio'/></interface>
        <serial type='file'><source path='%s/serial'/></serial>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
        <sound model='ich9'/>
        <watchdog model='i6300esb' action='dump'/>
        <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
        <input type='tablet' bus='virtio'/>
        <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
        <disk type='file' device='cdrom'><source file='%s'/><target dev='sda' bus='sata'/>
        <readonly/></disk>
        """
        .formatted(host.folder(), medium);
  }

  private Digest kept(FirmwareGuest guest) throws Exception {
    return TestHost.report(host.capture(guest.id(), true)).snapshot();
  }

  private static List<String> tpms() throws Exception {
    try (Stream<Path> all = Files.list(TPMS)) {
      return all.map(Path::toString).sorted().toList();
    }
  }

  @Test
  void aMachineWithManyDevicesIsClonedAndLeavesNothing() throws Exception {
    try (FirmwareGuest guest =
        FirmwareGuest.defineWith(host.folder(), devices(), "<features><acpi/></features>")) {
      guest.virsh("start");
      Digest snapshot = kept(guest);
      List<String> before = tpms();
      DebugClone clone = host.operations().clones().start(guest.id(), snapshot, LONG);
      assertEquals(before.size() + 1, tpms().size(), "a TPM of its own");
      String xml = TestGuest.run("virsh", "-q", "-c", TestHost.SYSTEM, "dumpxml", clone.name());
      for (String gone : List.of("<graphics", "guest_agent.0'/>\n      <source", "/serial'")) {
        assertFalse(xml.contains(gone), gone + xml);
      }
      assertTrue(xml.contains("medium.iso"), xml);
      host.operations().clones().stop(guest.id(), clone.id());
      assertEquals(before, tpms());
      assertEquals("running", guest.virsh("domstate"));
    }
  }

  @Test
  void aMachineThatCannotBeCutOffIsRefusedAndLeavesNothing() throws Exception {
    String own = "<qemu:commandline><qemu:env name='OWN' value='x'/></qemu:commandline>";
    try (FirmwareGuest guest = FirmwareGuest.define(host.folder(), own)) {
      guest.virsh("start");
      Digest snapshot = kept(guest);
      HypervisorException refused =
          assertThrows(
              HypervisorException.class,
              () -> host.operations().clones().start(guest.id(), snapshot, LONG));
      assertEquals(Reason.CLONE_NOT_ISOLABLE, refused.reason());
      assertTrue(
          String.valueOf(refused.getMessage()).contains("qemu:commandline"), refused.getMessage());
      try (Stream<Path> left = Files.list(host.stateFolder().resolve("clones"))) {
        assertEquals(List.of(), left.toList());
      }
      host.operations().dropSnapshot(guest.id(), snapshot);
    }
  }
}
