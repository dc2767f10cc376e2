// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

/** QEMU's migration settings as they are at one time, as QEMU tells them. */
record MigrationState(String capabilities, String parameters) {
  static MigrationState of(TestGuest guest) throws IOException, InterruptedException {
    return new MigrationState(
        ask(guest, "query-migrate-capabilities"), ask(guest, "query-migrate-parameters"));
  }

  private static String ask(TestGuest guest, String query)
      throws IOException, InterruptedException {
    return guest
        .virsh("qemu-monitor-command", "{\"execute\":\"" + query + "\"}")
        .replaceFirst("\"id\":\"libvirt-\\d+\"", "");
  }

  /**
   * Whatever was done to it, the guest runs, has lost nothing, and nothing of a capture is left.
   */
  void assertKept(TestHost host, TestGuest guest) throws Exception {
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
    assertEquals(this, of(guest));
    try (var left = Files.list(host.stateFolder().resolve("captures"))) {
      assertEquals(List.of(), left.toList());
    }
  }
}
