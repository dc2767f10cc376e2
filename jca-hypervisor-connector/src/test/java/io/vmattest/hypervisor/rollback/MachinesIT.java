// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A restored machine is the captured one, whatever machine it is. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MachinesIT {
  private TestHost host;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
  }

  @AfterAll
  void stop() throws Exception {
    host.close();
  }

  @ParameterizedTest(name = "{0}, {1} vCPUs, display {2}")
  @CsvSource({
    "q35, 1, none", "q35, 1, vga", "q35, 2, none", "q35, 2, vga",
    "pc,  1, none", "pc,  1, vga", "pc,  2, none", "pc,  2, vga"
  })
  void captureVerifiedRestoreAndCaptureAgree(String machine, int vcpus, String display)
      throws Exception {
    Map<String, String> settings = new HashMap<>(Map.of("GUEST_MACHINE", machine));
    if (!display.equals("none")) {
      settings.put("GUEST_VIDEO", display);
    }
    try (TestGuest guest = TestGuest.start(TestHost.SYSTEM, host.folder(), vcpus, settings)) {
      guest.awaitTicks(1);
      CaptureResult attested = host.capture(guest.id(), true);
      guest.awaitTicks(2);
      TestTransaction transaction = new TestTransaction(host, guest.id());
      RollbackResult result = transaction.rollBackTo(attested);
      AttestationReport before = TestHost.report(attested);
      AttestationReport after = TestHost.report(result.restored());
      assertEquals(before.components(), after.components());
      assertEquals(before.stateHash(), after.stateHash());
      assertEquals(0, result.restored().differences().orElseThrow().totalPages());
      assertEquals(vcpus, after.vcpus().size());
      assertTrue(after.machineType().contains(machine), after.machineType());
      assertEquals(
          !display.equals("none"),
          after.ramBlocks().stream().anyMatch(block -> block.name().contains("vga.vram")));
      transaction.commit();
      guest.awaitTicks(2);
    }
  }
}
