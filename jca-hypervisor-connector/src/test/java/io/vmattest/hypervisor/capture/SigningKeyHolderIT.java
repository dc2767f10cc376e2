// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.tee.SigningKey;
import io.vmattest.tee.testing.EmulatedTpm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Needs swtpm. */
@Tag("guest")
class SigningKeyHolderIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private Path folder;
  private EmulatedTpm tpm;

  @BeforeEach
  void start() throws Exception {
    folder = TestGuest.folder();
    tpm = EmulatedTpm.create(Files.createDirectory(folder.resolve("tpm")));
  }

  @AfterEach
  void stop() throws Exception {
    tpm.kill();
    TestGuest.deleteFolder(folder);
  }

  private SigningKeyHolder holder(Duration patience) throws Exception {
    return new SigningKeyHolder(
        tpm.tcti(), Files.createDirectories(folder.resolve("keys")), patience);
  }

  @Test
  void aTpmThatHangsKeepsNobodyAndIsUsedAgainOnceItGoesOn() throws Exception {
    byte[] evidence;
    try (SigningKeyHolder patient = holder(SOON)) {
      evidence = patient.ask(SigningKey::evidence);
    }
    tpm.pause();
    SigningKeyHolder holder = holder(Duration.ofSeconds(2));
    assertTimeoutPreemptively(
        SOON,
        () -> {
          // The first waits for the TPM, the second for the first.
          assertUnavailable(holder);
          assertUnavailable(holder);
        });
    tpm.resume();
    TestGuest.awaitThat("the TPM is used again", () -> isAnswering(holder));
    assertArrayEquals(evidence, holder.ask(SigningKey::evidence));
    holder.close();
    assertUnavailable(holder);
  }

  @Test
  void closingDoesNotWaitForATpmThatHangs() throws Exception {
    tpm.pause();
    SigningKeyHolder holder = holder(Duration.ofSeconds(1));
    assertTimeoutPreemptively(
        SOON,
        () -> {
          assertUnavailable(holder);
          holder.close();
          holder.close();
        });
  }

  private static boolean isAnswering(SigningKeyHolder holder) {
    try {
      return holder.ask(SigningKey::evidence).length > 0;
    } catch (HypervisorException e) {
      assertEquals(Reason.TEE_UNAVAILABLE, e.reason());
      return false;
    }
  }

  private static void assertUnavailable(SigningKeyHolder holder) {
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> holder.ask(SigningKey::evidence));
    assertEquals(Reason.TEE_UNAVAILABLE, refused.reason());
    assertTrue(String.valueOf(refused.getMessage()).contains("TPM"), refused.getMessage());
  }
}
