// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A host with one guest that is rolled back again and again. */
final class RollbackRig implements AutoCloseable {
  final TestHost host;
  final TestGuest guest;

  RollbackRig() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
  }

  TestTransaction transaction() {
    return new TestTransaction(host, guest.id());
  }

  /** Keeps a snapshot, too. */
  CaptureResult attest() throws Exception {
    return host.capture(guest.id(), true);
  }

  /** The ticks that were printed after the first so many. */
  List<Integer> ticksAfter(int printed) throws IOException {
    List<Integer> all = guest.ticks();
    return all.subList(printed, all.size());
  }

  /** Whatever was done to it, the guest runs on, its memory and disk fit, and nothing is open. */
  void assertRunsOn() throws Exception {
    assertEquals("running", guest.state());
    guest.awaitTicks(3);
    assertEquals(Optional.empty(), guest.mismatch());
    try (Stream<Path> left = Files.list(host.stateFolder().resolve("rollback"))) {
      assertEquals(List.of(), left.toList());
    }
    assertEquals(activeDisk(), definedDisk(), "the definition names the disk that is in use");
  }

  private String activeDisk() throws IOException, InterruptedException {
    return guest.virsh("domblklist").strip();
  }

  private String definedDisk() throws IOException, InterruptedException {
    return guest.virsh("domblklist", "--inactive").strip();
  }

  @Override
  public void close() throws Exception {
    guest.close();
    host.close();
  }
}
