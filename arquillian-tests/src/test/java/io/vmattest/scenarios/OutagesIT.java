// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ArquillianExtension.class)
class OutagesIT {
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  private final Testbed testbed = Testbed.get();
  private Guest guest;
  private Vm vm;

  @SuppressWarnings("NullAway.Init") // by start()
  OutagesIT() {}

  @Deployment(testable = false)
  static EnterpriseArchive product() {
    return ProductDeployment.product();
  }

  @BeforeEach
  void start() {
    guest = Guest.start(testbed, "outages");
    vm = new Vm(Api.as(testbed, "operator"), guest.id());
  }

  @AfterEach
  void stop() {
    guest.close();
  }

  @Test
  void withoutTpmThereIsNoReportAndTheGuestRunsAndLaterThereIs() throws IOException {
    vm.attest("{}");
    testbed.stopTpm();
    try {
      Vm.refused(503, "TEE_UNAVAILABLE", vm.api().post(vm.path("/attestations"), "{}"));
      guest.nextTick();
    } finally {
      testbed.startTpm();
    }
    Await.until("a report with the TPM back", RECOVERY, this::attested);
  }

  @Test
  void libvirtdRestartedIsFoundAgain() throws IOException {
    vm.attest("{}");
    testbed.stopLibvirtd();
    try {
      Vm.refused(503, "HOST_UNAVAILABLE", vm.api().post(vm.path("/attestations"), "{}"));
    } finally {
      testbed.startLibvirtd();
    }
    guest.nextTick();
    Await.until("a report with libvirtd back", RECOVERY, this::attested);
  }

  @Test
  void snapshotWithOneFlippedByteIsRefusedAndThePreviousStateIsBack() throws IOException {
    vm.attestAsBaseline();
    flipByte(largestFile(testbed.state().resolve("snapshots")));
    guest.clearSmep();
    long tampered = guest.nextTick();

    JsonObject rollback = vm.rollBack();
    assertEquals("FAILED", rollback.getString("state"), rollback::toString);
    assertEquals(
        "SNAPSHOT_DAMAGED",
        rollback.getJsonObject("problem").getString("reason"),
        rollback::toString);
    assertEquals("running", guest.state());
    assertTrue(guest.nextTick() > tampered, "the guest goes on where it was");
    assertEquals("DISCREPANT", vm.verify().getString("verdict"));
  }

  @Test
  void fullDiskLeavesNoSnapshotAndTheGuestRuns() throws IOException {
    Path snapshots = testbed.state().resolve("snapshots");
    vm.attest("{}");
    testbed.command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", snapshots.toString());
    try {
      Vm.refused(
          507, "STORAGE_FULL", vm.api().post(vm.path("/attestations"), "{\"snapshot\": true}"));
      guest.nextTick();
      try (Stream<Path> left = Files.walk(snapshots)) {
        assertEquals(List.of(), left.filter(Files::isRegularFile).toList());
      }
    } finally {
      testbed.command("umount", snapshots.toString());
    }
    assertTrue(vm.attest("{\"snapshot\": true}").getBoolean("snapshot"));
    guest.nextTick();
    assertFalse(guest.sawMismatch());
  }

  private boolean attested() {
    try {
      return vm.api().post(vm.path("/attestations"), "{}").status() == 201;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path largestFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().contains(guest.id()))
          .filter(Files::isRegularFile)
          .max(Comparator.comparingLong(OutagesIT::size))
          .orElseThrow(() -> new AssertionError("no snapshot of the guest in " + folder));
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Not one of the many that are zero in RAM. */
  private static void flipByte(Path file) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] page = new byte[4096];
      long at = 0x10_0000;
      do {
        bytes.seek(at);
        bytes.readFully(page);
        at += page.length;
      } while (page[100] == 0);
      bytes.seek(at - page.length + 100);
      bytes.write(page[100] ^ 1);
    }
  }
}
