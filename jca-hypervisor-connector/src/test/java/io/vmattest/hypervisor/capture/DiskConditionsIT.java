// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.hypervisor.testing.FirmwareGuest;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("guest")
class DiskConditionsIT {
  private Path folder;
  private StateFolder state;
  private Path image;

  @BeforeEach
  void make() throws Exception {
    folder = TestGuest.folder();
    state = StateFolder.at(folder.resolve("state"));
    image = folder.resolve("disk.qcow2");
    TestGuest.run("qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "64M");
  }

  @AfterEach
  void remove() throws Exception {
    TestGuest.deleteFolder(folder);
  }

  private static String disk(String type, String format, String source) {
    return "<disk type='%s'><driver name='qemu' type='%s'/>%s<target dev='vda'/></disk>"
        .formatted(type, format, source);
  }

  private static String file(String format, Path image) {
    return disk("file", format, "<source file='" + image + "'/>");
  }

  private void check(String devices, int layers) throws HypervisorException {
    String xml =
        "<domain><memory unit='KiB'>65536</memory><devices>" + devices + "</devices></domain>";
    new DiskConditions(state, layers).check(xml);
  }

  private void assertRefused(Reason reason, String said, String devices, int layers) {
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> check(devices, layers));
    assertEquals(reason, refused.reason(), refused.getMessage());
    assertTrue(String.valueOf(refused.getMessage()).contains(said), refused.getMessage());
  }

  @Test
  void aChainHasAsManyImagesAsAreAllowed() throws Exception {
    Path overlay = new Overlays(state).create(image, "qcow2", 64 << 20);
    assertDoesNotThrow(() -> check(file("qcow2", overlay), 3));
    assertRefused(Reason.DISK_CHAIN_TOO_LONG, "drop snapshots", file("qcow2", overlay), 2);
  }

  @Test
  void aMissingImageAtAnyPlaceIsNamed() throws Exception {
    Path overlay = new Overlays(state).create(image, "qcow2", 64 << 20);
    Files.delete(image);
    for (Path top : new Path[] {overlay, image}) {
      assertRefused(Reason.DISK_NOT_SUPPORTED, "disk.qcow2", file("qcow2", top), 9);
    }
  }

  @Test
  void aFormatThatNoOverlayCanCoverIsRefused() throws Exception {
    Path other = folder.resolve("disk.vmdk");
    TestGuest.run("qemu-img", "create", "-q", "-f", "vmdk", other.toString(), "64M");
    assertRefused(Reason.DISK_NOT_SUPPORTED, "vmdk", file("vmdk", other), 9);
    Path over = folder.resolve("over.qcow2");
    TestGuest.run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-b",
        other.toString(),
        "-F",
        "vmdk",
        over.toString());
    assertRefused(Reason.DISK_NOT_SUPPORTED, "vmdk", file("qcow2", over), 9);
  }

  @Test
  void aDiskWithoutAFileIsRefused() {
    String network = "<source protocol='nbd' name='x'><host name='127.0.0.1'/></source>";
    assertRefused(Reason.DISK_NOT_SUPPORTED, "network", disk("network", "raw", network), 9);
  }

  /** A guest writes what it likes into a raw image, also the header of another format. */
  @Test
  void aRawImageIsNotTakenForWhatItSays() throws Exception {
    Path raw = folder.resolve("disk.raw");
    TestGuest.run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-u",
        "-b",
        "/nowhere",
        "-F",
        "raw",
        raw.toString(),
        "1M");
    assertDoesNotThrow(() -> check(file("raw", raw), 2));
  }

  @Test
  void aFileSystemThatIsTooFullForOverlaysIsSaidBeforeTheGuestIsPaused() throws Exception {
    Path full = Files.createDirectory(folder.resolve("full"));
    TestGuest.run("mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", full.toString());
    try (TestHost host = new TestHost()) {
      Path disk = full.resolve("disk.qcow2");
      TestGuest.run("qemu-img", "create", "-q", "-f", "qcow2", disk.toString(), "64M");
      try (FirmwareGuest guest =
          FirmwareGuest.defineWith(
              host.folder(),
              "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='"
                  + disk
                  + "'/><target dev='vda' bus='virtio'/></disk>",
              "")) {
        guest.virsh("start");
        HypervisorException refused =
            assertThrows(HypervisorException.class, () -> host.capture(guest.id(), true));
        assertEquals(Reason.STORAGE_FULL, refused.reason(), refused.getMessage());
        assertEquals(List.of(), Overlays.beside(disk), "no overlay was made");
        assertEquals("running", guest.virsh("domstate"));
        host.capture(guest.id(), false);
      }
    } finally {
      TestGuest.run("umount", full.toString());
    }
  }
}
