// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.testing.FirmwareGuest;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The state of a guest's TPM goes with the guest. The firmware starts the TPM at each reset, which
 * counts resets in its permanent state.
 */
@Tag("guest")
class VirtualTpmIT {
  private TestHost host;

  @BeforeEach
  void start() throws Exception {
    TestGuest.startLibvirt();
    host = new TestHost();
  }

  @AfterEach
  void stop() throws Exception {
    host.close();
  }

  private FirmwareGuest guest(String model) throws Exception {
    return FirmwareGuest.defineWith(
        host.folder(),
        "<tpm model='%s'><backend type='emulator' version='2.0'/></tpm>".formatted(model),
        "<features><acpi/></features>");
  }

  /** What swtpm keeps on disk. */
  private static Digest permanentState(FirmwareGuest guest) {
    try {
      return Digest.sha256(
          Files.readAllBytes(
              Path.of("/var/lib/libvirt/swtpm", guest.id().toString(), "tpm2/tpm2-00.permall")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void boot(FirmwareGuest guest) throws Exception {
    guest.virsh("start", "--paused");
    Digest manufactured = permanentState(guest);
    guest.virsh("resume");
    awaitAnother(guest, manufactured);
  }

  private static void reset(FirmwareGuest guest) throws Exception {
    Digest before = permanentState(guest);
    guest.virsh("reset");
    awaitAnother(guest, before);
  }

  private static void awaitAnother(FirmwareGuest guest, Digest former) throws Exception {
    TestGuest.awaitThat(
        "the firmware has started the TPM", () -> !permanentState(guest).equals(former));
  }

  private CaptureResult attestSuspended(FirmwareGuest guest) throws Exception {
    guest.virsh("suspend");
    CaptureResult attested = host.capture(guest.id(), true);
    assertEquals("paused", guest.virsh("domstate"));
    return attested;
  }

  private static Digest tpm(CaptureResult capture) {
    AttestationReport report = TestHost.report(capture);
    return report.devices().stream()
        .filter(device -> device.section().startsWith("tpm-emulator"))
        .map(AttestationReport.Device::digest)
        .findFirst()
        .orElseThrow(() -> new AssertionError(report.devices()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tpm-tis", "tpm-crb"})
  void theTpmIsRolledBackWithItsGuest(String model) throws Exception {
    try (FirmwareGuest guest = guest(model)) {
      boot(guest);
      CaptureResult attested = attestSuspended(guest);
      Digest then = permanentState(guest);
      guest.virsh("resume");
      reset(guest);
      TestTransaction transaction = new TestTransaction(host, guest.id());
      RollbackResult result = transaction.rollBackTo(attested);
      assertEquals(then, permanentState(guest));
      assertEquals(tpm(attested), tpm(result.restored()));
      assertNotEquals(tpm(attested), tpm(result.suspect()));
      transaction.commit();
      assertEquals("running", guest.virsh("domstate"));
      reset(guest);
      guest.virsh("destroy");
      guest.virsh("start");
      assertEquals("running", guest.virsh("domstate"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tpm-tis", "tpm-crb"})
  void aSuspectThatComesBackHasItsOwnTpm(String model) throws Exception {
    try (FirmwareGuest guest = guest(model)) {
      boot(guest);
      CaptureResult attested = attestSuspended(guest);
      guest.virsh("resume");
      reset(guest);
      // The firmware may not have done with the TPM.
      guest.virsh("suspend");
      TestTransaction transaction = new TestTransaction(host, guest.id());
      RollbackResult result = transaction.rollBackTo(attested);
      transaction.resource.rollback(transaction.id);
      assertEquals("paused", guest.virsh("domstate"));
      assertEquals(tpm(result.suspect()), tpm(host.capture(guest.id(), false)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tpm-tis", "tpm-crb"})
  void aRunningGuestsTpmWorksOnAfterACapture(String model) throws Exception {
    try (FirmwareGuest guest = guest(model)) {
      boot(guest);
      CaptureResult first = host.capture(guest.id(), false);
      reset(guest);
      assertNotEquals(tpm(first), tpm(host.capture(guest.id(), false)));
      reset(guest);
      assertEquals("running", guest.virsh("domstate"));
    }
  }
}
