// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.testing.PrivateLibvirt;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What rollbacks leave behind, beyond the evidence that is dropped here as retention would. */
@Tag("guest")
class ManyRollbacksIT {
  private static final int ROLLBACKS = 50;

  /** The first ones start threads, and load classes and libraries. */
  private static final int WARM_UP = 3;

  private static final int EACH_UNDONE = 10;

  @Test
  void fiftyInARowLeaveNoFileOverlayDomainOrDescriptor() throws Exception {
    try (PrivateLibvirt libvirt = PrivateLibvirt.start();
        TestHost host = new TestHost(libvirt.uri());
        TestGuest guest = TestGuest.start(libvirt.uri(), host.folder(), 1)) {
      CaptureResult attested = host.capture(guest.id(), true);
      for (int i = 0; i < WARM_UP; i++) {
        rollBack(host, guest, attested, true);
      }
      Map<String, Long> before = traces(libvirt, host, guest);
      for (int i = 0; i < ROLLBACKS; i++) {
        rollBack(host, guest, attested, i % EACH_UNDONE != 0);
        assertEquals(Optional.empty(), guest.mismatch());
      }
      assertEquals(before, traces(libvirt, host, guest));
      guest.awaitTicks(2);
      assertEquals(Optional.empty(), guest.mismatch());
    }
  }

  /** To the attested state, or up to its end and back. */
  private static void rollBack(
      TestHost host, TestGuest guest, CaptureResult attested, boolean committed) throws Exception {
    guest.awaitTicks(1);
    TestTransaction transaction = new TestTransaction(host, guest.id());
    CaptureResult suspect = transaction.rollBackTo(attested, (step, part) -> {}).suspect();
    if (committed) {
      transaction.commit();
    } else {
      transaction.resource.rollback(transaction.id);
    }
    assertEquals("running", guest.state());
    host.operations().dropSnapshot(guest.id(), TestHost.report(suspect).snapshot());
  }

  /** How many there are of everything that a rollback makes. */
  private static Map<String, Long> traces(PrivateLibvirt libvirt, TestHost host, TestGuest guest)
      throws Exception {
    Map<String, Long> traces = new TreeMap<>();
    try (Stream<Path> files = Files.walk(host.stateFolder())) {
      traces.putAll(
          files
              .filter(Files::isRegularFile)
              .map(file -> host.stateFolder().relativize(file).getName(0).toString())
              .collect(Collectors.groupingBy(folder -> folder, Collectors.counting())));
    }
    traces.put("descriptors of this process", entries(Path.of("/proc/self/fd")));
    traces.put(
        "descriptors of QEMU", entries(Path.of("/proc/" + libvirt.qemu(guest.name()) + "/fd")));
    traces.put("domains", lines("virsh", "-q", "-c", libvirt.uri(), "list", "--all", "--name"));
    traces.put("images in the chain", (long) chain(guest).size());
    return traces;
  }

  private static List<Path> chain(TestGuest guest) throws Exception {
    return DiskSources.chains(guest.virsh("dumpxml")).getOrDefault("vda", List.of());
  }

  private static long lines(String... command) throws Exception {
    return TestGuest.run(command).lines().filter(line -> !line.isBlank()).count();
  }

  private static long entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.count();
    }
  }
}
