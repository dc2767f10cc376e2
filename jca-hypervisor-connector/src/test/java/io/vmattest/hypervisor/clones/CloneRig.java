// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A host with a running guest whose snapshot is cloned. */
final class CloneRig implements AutoCloseable {
  static final Duration LONG = Duration.ofHours(1);

  final TestHost host;
  final TestGuest guest;
  final AttestationReport report;
  private String defined;

  CloneRig() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(TestHost.SYSTEM, host.folder(), 2, Map.of("GUEST_NETWORK", "ethernet"));
    report = TestHost.report(host.capture(guest.id(), true));
    acceptDefinition();
  }

  /** From here on: captures switch the disks in it, and merges do. */
  void acceptDefinition() throws Exception {
    defined = guest.virsh("dumpxml", "--inactive");
  }

  DebugClones clones() {
    return host.services().clones();
  }

  DebugClone started(Duration life) throws Exception {
    return host.operations().clones().start(guest.id(), report.snapshot(), life);
  }

  StoredSnapshot snapshot() {
    return host.services().store().find(guest.id(), report.snapshot()).orElseThrow();
  }

  /** Ends what a test left; the original goes on as it was. */
  void assertNothingIsLeftAndTheOriginalGoesOn() throws Exception {
    for (DebugClone left : clones().list(guest.id())) {
      host.operations().clones().stop(guest.id(), left.id());
    }
    assertEquals(List.of(), folders());
    assertFalse(domains().contains("-debug-"), domains());
    guest.awaitTicks(2);
    assertEquals("running", guest.state());
    assertEquals(Optional.empty(), guest.mismatch());
    assertEquals(defined, guest.virsh("dumpxml", "--inactive"));
    assertUntouched();
  }

  void assertUntouched() throws Exception {
    for (FrozenDisk disk : snapshot().disks()) {
      assertTrue(disk.isUntouched(), disk.toString());
    }
  }

  static String domains() throws Exception {
    return TestGuest.run("virsh", "-q", "-c", TestHost.SYSTEM, "list", "--all", "--name");
  }

  static String virsh(String command, DebugClone clone, String... more) throws Exception {
    List<String> line =
        new ArrayList<>(List.of("virsh", "-q", "-c", TestHost.SYSTEM, command, clone.name()));
    line.addAll(List.of(more));
    return TestGuest.run(line.toArray(String[]::new)).strip();
  }

  static String state(DebugClone clone) {
    try {
      return virsh("domstate", clone);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  List<String> folders() throws IOException {
    try (Stream<Path> all = Files.list(host.stateFolder().resolve("clones"))) {
      return all.map(folder -> folder.getFileName().toString()).toList();
    }
  }

  static long pid(String name) throws IOException {
    return Long.parseLong(Files.readString(Path.of("/run/libvirt/qemu", name + ".pid")).strip());
  }

  @Override
  public void close() throws Exception {
    guest.close();
    host.close();
  }
}
