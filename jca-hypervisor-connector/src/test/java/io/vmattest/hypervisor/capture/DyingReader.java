// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.Capture;
import io.vmattest.tee.SocketPair;
import jakarta.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/**
 * Begins a capture as the connector does and waits to be killed: having read nothing, or (third
 * argument "frozen") everything, so that the guest stands for the switch of its disks.
 */
final class DyingReader {
  private DyingReader() {}

  public static void main(String[] arguments) throws Exception {
    boolean frozen = arguments.length > 2 && arguments[2].equals("frozen");
    try (HostLink link = HostLink.open("qemu:///system");
        GuestDomain domain = link.domain(UUID.fromString(arguments[0]));
        SocketPair pair = SocketPair.create();
        Capture capture = Capture.create()) {
      Qmp qmp = new Qmp(domain);
      new MigrationSettings(domain, Path.of(arguments[1]))
          .apply(Convergence.of(qmp, Duration.ofMillis(500)).firstMillis(), BudgetLimits.UNLIMITED);
      qmp.execute(
          "getfd",
          Json.createObjectBuilder().add("fdname", "dying").build(),
          pair.hypervisor().descriptor());
      pair.hypervisor().close();
      qmp.execute("migrate", Json.createObjectBuilder().add("uri", "fd:dying").build());
      System.out.println("migrating");
      if (frozen) {
        capture.hold(Duration.ofMinutes(10));
        capture.readStream(pair.module().descriptor(), Duration.ofMinutes(10));
      }
      Thread.sleep(Long.MAX_VALUE);
    }
  }
}
