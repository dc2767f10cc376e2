// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.GuestComponents;
import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestFinding;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.guest.GuestTask;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.StateComponent;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.capture.CaptureSettings;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the report of a real guest says of its inside. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuestInspectorIT {
  private TestHost host;
  private TestGuest guest;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 2);
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
  }

  @Test
  void aReportTellsTheGuestsKernelTasksModulesAndMounts() throws Exception {
    CaptureResult result = host.capture(guest.id(), false);
    GuestDocument document = result.guest().orElseThrow();
    GuestState.Seen seen = assertInstanceOf(GuestState.Seen.class, document.state());
    assertTrue(seen.kernel().release().startsWith("6."), seen.kernel().toString());
    GuestTask init =
        seen.tasks().stream().filter(task -> task.pid() == 1).findFirst().orElseThrow();
    assertEquals(Optional.of("/bin/busybox"), init.executable());
    assertEquals("0", init.uids().toString());
    assertTrue(seen.modules().stream().anyMatch(m -> m.name().equals("virtio_blk")));
    assertTrue(seen.mounts().stream().anyMatch(m -> m.point().equals("/proc")));
    assertEquals(List.of(), seen.findings().stream().filter(GuestFinding::isCritical).toList());
    AttestationReport report = TestHost.report(result);
    assertEquals(
        Optional.of(document.digest()),
        report.component(GuestDocument.COMPONENT).map(StateComponent::digest));
    for (String name : GuestComponents.NAMES) {
      assertTrue(report.component(name).isPresent(), name);
    }
  }

  @Test
  void aGuestThatStandsStillIsSeenTheSameAgain() throws Exception {
    guest.virsh("suspend");
    try {
      GuestDocument first = host.capture(guest.id(), false).guest().orElseThrow();
      assertEquals(first.digest(), host.capture(guest.id(), false).guest().orElseThrow().digest());
    } finally {
      guest.virsh("resume");
    }
  }

  @Test
  void nobodyLooksWhereThatIsSwitchedOff() throws Exception {
    try (TestHost other =
        new TestHost(TestHost.SYSTEM, CaptureSettings.defaults().withInspectGuests(false))) {
      CaptureResult result = other.capture(guest.id(), false);
      assertEquals(Optional.empty(), result.guest());
      assertEquals(Optional.empty(), TestHost.report(result).component(GuestDocument.COMPONENT));
    }
  }
}
