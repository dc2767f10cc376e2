// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.GuestComponents;
import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestExecutable;
import io.vmattest.core.guest.GuestFinding;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.guest.GuestTask;
import io.vmattest.core.guest.PageProof;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.StateComponent;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.capture.CaptureSettings;
import io.vmattest.hypervisor.testing.GuestMemoryWriter;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.memory.ElfCoreMemory;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
    GuestExecutable busybox = init.executable().orElseThrow();
    assertEquals("/bin/busybox", busybox.path());
    assertEquals(Optional.of(Digest.sha256(TestGuest.busybox())), busybox.digest());
    assertEquals(GuestTask.INITIAL_USER_NAMESPACE, init.userNamespace());
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
  void patchedCodeIsNamedWhereTheKernelsPackageIsKnown() throws Exception {
    try (InputStream deb = Files.newInputStream(TestGuest.kernelPackage())) {
      host.services().kernels().add(deb);
    }
    GuestState.Seen clean = seen(host.capture(guest.id(), false));
    assertEquals(clean.kernel().release(), clean.kernel().reference(), "known by its package");
    assertEquals(List.of(), critical(clean));
    GuestMemoryWriter writer = new GuestMemoryWriter(guest);
    long patched = physicalAddress("__x64_sys_kill") + 5;
    writer.flip(patched);
    try {
      CaptureResult result = host.capture(guest.id(), false);
      GuestState.Seen tampered = seen(result);
      assertEquals(
          List.of("TEXT_PATCHED __x64_sys_kill+0x5"),
          critical(tampered).stream().map(f -> f.kind() + " " + f.subject()).toList());
      assertEquals(patched & -4096, critical(tampered).get(0).page().orElseThrow());
      PageProof proof = critical(tampered).get(0).proof().orElseThrow();
      assertTrue(proof.verify(TestHost.report(result)), proof.toString());
      assertFalse(proof.verify(TestHost.report(host.capture(guest.id(), false))), "it runs on");
    } finally {
      writer.flip(patched);
    }
    assertEquals(List.of(), critical(seen(host.capture(guest.id(), false))));
  }

  private static GuestState.Seen seen(CaptureResult result) throws Exception {
    return assertInstanceOf(GuestState.Seen.class, result.guest().orElseThrow().state());
  }

  private static List<GuestFinding> critical(GuestState.Seen seen) {
    return seen.findings().stream().filter(GuestFinding::isCritical).toList();
  }

  /** Of a symbol of the guest's kernel, found as the product finds it. */
  private long physicalAddress(String symbol) throws Exception {
    guest.virsh("suspend");
    Path core = host.folder().resolve("core");
    try {
      guest.virsh("dump", core.toString(), "--memory-only");
      try (ElfCoreMemory memory = ElfCoreMemory.open(core)) {
        KernelSearch.Found found =
            assertInstanceOf(
                KernelSearch.Found.class, new KernelFinder().find(memory, memory.vcpus()));
        long virtual = found.kernel().symbols().address(symbol).orElseThrow();
        return found.kernel().addressSpace().translate(virtual).orElseThrow();
      }
    } finally {
      Files.deleteIfExists(core);
      guest.virsh("resume");
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
