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
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ArquillianExtension.class)
class OutagesIT {
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  private static final Testbed TESTBED = Testbed.get();

  @SuppressWarnings("NullAway.Init") // by start()
  private static Guest guest;

  private final Vm vm = new Vm(Api.as(TESTBED, "admin"), guest.id());

  @BeforeAll
  static void start() {
    guest = Guest.start(TESTBED, "outages");
  }

  @AfterAll
  static void stop() {
    guest.close();
  }

  @Test
  void withoutTpmThereIsNoReportAndTheGuestRunsAndLaterThereIs() throws IOException {
    vm.attest("{}");
    TESTBED.stopTpm();
    try {
      Vm.refused(503, "TEE_UNAVAILABLE", vm.api().post(vm.path("/attestations"), "{}"));
      guest.nextTick();
    } finally {
      TESTBED.startTpm();
    }
    Await.until("a report with the TPM back", RECOVERY, this::attested);
  }

  @Test
  void libvirtdRestartedIsFoundAgain() throws IOException {
    vm.attest("{}");
    TESTBED.stopLibvirtd();
    try {
      Vm.refused(503, "HOST_UNAVAILABLE", vm.api().post(vm.path("/attestations"), "{}"));
    } finally {
      TESTBED.startLibvirtd();
    }
    guest.nextTick();
    Await.until("a report with libvirtd back", RECOVERY, this::attested);
  }

  @Test
  void snapshotWithOneFlippedByteIsRefusedAndThePreviousStateIsBack() throws IOException {
    List<Path> others = snapshotFiles();
    vm.attestAsBaseline();
    flipByte(largestBut(others));
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
    Path snapshots = TESTBED.state().resolve("snapshots");
    vm.attest("{}");
    TESTBED.command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", snapshots.toString());
    try {
      Vm.refused(
          507, "STORAGE_FULL", vm.api().post(vm.path("/attestations"), "{\"snapshot\": true}"));
      guest.nextTick();
      try (Stream<Path> left = Files.walk(snapshots)) {
        assertEquals(List.of(), left.filter(Files::isRegularFile).toList());
      }
    } finally {
      TESTBED.command("umount", snapshots.toString());
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

  private static List<Path> snapshotFiles() throws IOException {
    try (Stream<Path> files = Files.walk(TESTBED.state().resolve("snapshots"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static Path largestBut(List<Path> others) throws IOException {
    return snapshotFiles().stream()
        .filter(file -> !others.contains(file))
        .max(Comparator.comparingLong(OutagesIT::size))
        .orElseThrow(() -> new AssertionError("no snapshot was kept"));
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** In a page that came new with the snapshot: behind the header and before the index. */
  private static void flipByte(Path pack) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(pack.toFile(), "rw")) {
      long at = bytes.length() / 3;
      bytes.seek(at);
      int old = bytes.read();
      bytes.seek(at);
      bytes.write(old ^ 1);
    }
  }
}
