// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.StoreCheck;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import io.vmattest.tee.CounterReading;
import io.vmattest.tee.MeasurementModule;
import io.vmattest.tee.SigningKey;
import io.vmattest.tee.testing.ModuleProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * The measurement module as a process of a user without rights, who alone has the TPM and the key.
 * In a JVM of its own, for the module is chosen once.
 */
@Tag("module-process")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
class ModuleProcessIT {
  private static final int SAMPLES = 15;

  /** Of the counter; any but the one that is used where nothing is said. */
  private static final int SLOT = 9;

  private TestHost host;
  private TestGuest guest;
  private ModuleProcess module;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    String tcti = host.tpm().tcti();
    String socket = tcti.substring(tcti.indexOf('=') + 1);
    for (String end : List.of("", ".ctrl")) {
      ModuleProcess.give(Path.of(socket + end), "rw-------");
    }
    module = ModuleProcess.start(Files.createDirectory(host.folder().resolve("module")), tcti);
    MeasurementModule.runsAt(Optional.of(module.socket()));
    guest = TestGuest.start(host.folder(), 1);
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    module.close();
    host.close();
  }

  /** Whatever was done to it, the guest runs on; and the key is never the server's. */
  @AfterEach
  void theGuestRunsOn() throws Exception {
    assertEquals("running", guest.state());
    guest.awaitTicks(3);
    assertEquals(Optional.empty(), guest.mismatch());
    assertEquals(List.of(), names(host.stateFolder().resolve("keys")));
    assertEquals(List.of("attestation.key"), names(module.keys()));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aGuestIsAttestedKeptCheckedAndRolledBackBySocketAlone() throws Exception {
    CaptureResult attested = host.capture(guest.id(), true);
    assertEquals(Set.of(ModuleProcess.USER), ownersOfWhatTheModuleWrote());
    StoreCheck check = host.services().store().check(guest.id(), digest -> {});
    assertTrue(check.snapshots().stream().allMatch(s -> s.damage().isEmpty()), check.toString());
    guest.awaitTicks(3);
    TestTransaction transaction = new TestTransaction(host, guest.id());
    RollbackResult result = transaction.rollBackTo(attested);
    AttestationReport before = TestHost.report(attested);
    AttestationReport restored = TestHost.report(result.restored());
    assertEquals(before.stateHash(), restored.stateHash());
    assertEquals(before.components(), restored.components());
    assertEquals(0, result.restored().differences().orElseThrow().totalPages());
    assertTrue(result.suspect().differences().orElseThrow().totalPages() > 0);
    transaction.commit();
  }

  @Test
  void theKeysEvidenceIsTheOneThatReportsName() throws Exception {
    byte[] evidence = host.services().key().ask(SigningKey::evidence);
    AttestationReport report = TestHost.report(host.capture(guest.id(), false));
    assertEquals(report.keyEvidence(), Digest.sha256(evidence));
  }

  @Test
  void theCounterGoesOnWhereTheModulesSuccessorFindsIt() throws Exception {
    CounterReading before = host.services().key().ask(key -> key.incrementCounter(SLOT));
    module.kill();
    module.start();
    assertEquals(before, host.services().key().ask(key -> key.counter(SLOT)));
    CounterReading after = host.services().key().ask(key -> key.incrementCounter(SLOT));
    assertEquals(new CounterReading(before.id(), before.nvName(), before.value() + 1), after);
  }

  @Test
  void whatTheModuleWroteIsDroppedByTheServer() throws Exception {
    CaptureResult attested = host.capture(guest.id(), true);
    var digest = TestHost.report(attested).snapshot();
    var snapshot = host.services().store().find(guest.id(), digest).orElseThrow();
    host.services().store().drop(snapshot, guest.id());
    assertTrue(host.services().store().find(guest.id(), digest).isEmpty());
  }

  private Set<Object> ownersOfWhatTheModuleWrote() throws IOException {
    Path root = host.stateFolder().resolve("snapshots");
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .filter(f -> root.relativize(f).toString().matches(".*/(state|pages)/.*"))
          .map(ModuleProcessIT::owner)
          .collect(Collectors.toSet());
    }
  }

  private static Object owner(Path file) {
    try {
      return Files.getAttribute(file, "unix:uid");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aModuleThatIsKilledInACaptureLeavesTheGuestRunningAndItsSuccessorGoesOn() throws Exception {
    host.capture(guest.id(), false);
    for (int i = 0; i < 3; i++) {
      killWhileItReads();
      module.start();
    }
    host.capture(guest.id(), true);
  }

  private void killWhileItReads() throws Exception {
    CompletableFuture<HypervisorException> failing;
    // A connection of its own, for libvirt serves one call of a connection after another.
    try (HostLink link = HostLink.open(host.services().uri());
        GuestDomain domain = link.domain(guest.id())) {
      failing = CompletableFuture.supplyAsync(this::captureThatFails);
      awaitStream(new Qmp(domain));
      module.kill();
    }
    HypervisorException failure = failing.get();
    String said = String.valueOf(failure.getMessage());
    assertEquals(Reason.TEE_UNAVAILABLE, failure.reason(), said);
    assertTrue(said.contains("vmteed has gone"), said);
    assertEquals("running", guest.state());
    try (Stream<Path> left = Files.list(host.stateFolder().resolve("captures"))) {
      assertEquals(List.of(), left.toList());
    }
    assertFalse(guest.virsh("domjobinfo").contains("Unbounded"));
    guest.awaitTicks(2);
  }

  private HypervisorException captureThatFails() {
    return assertThrows(HypervisorException.class, () -> host.capture(guest.id(), false));
  }

  private static void awaitStream(Qmp qmp) throws LibvirtFailure {
    while (!qmp.execute("query-migrate").asJsonObject().getString("status", "").equals("active")) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whatTheSocketCosts() throws Exception {
    List<Long> pauses = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      long begin = System.nanoTime();
      pauses.add(TestHost.report(host.capture(guest.id(), false)).pauseMicros());
      totals.add((System.nanoTime() - begin) / 1000);
    }
    System.out.printf(
        "by vmteed: pause %.1f ms, total %.0f ms (medians of %d)%n",
        median(pauses) / 1000.0, median(totals) / 1000.0, SAMPLES);
    assertTrue(median(pauses) > 0, "a live capture has a pause");
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
