// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.tee.Capture;
import io.vmattest.tee.SocketPair;
import jakarta.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/**
 * Begins a capture as the connector does and waits to be killed: having read nothing, or (third
 * argument "frozen") everything, so that the guest stands for the switch of its disks. With
 * "standing", of a guest that stands anyway.
 */
final class DyingReader {
  private DyingReader() {}

  /** Says "migrating" once it is. */
  static Process start(TestGuest guest, Path record, String mode) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            DyingReader.class.getName(),
            guest.id().toString(),
            record.toString(),
            mode)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  public static void main(String[] arguments) throws Exception {
    boolean frozen = arguments[2].equals("frozen");
    try (HostLink link = HostLink.open("qemu:///system");
        GuestDomain domain = link.domain(UUID.fromString(arguments[0]));
        SocketPair pair = SocketPair.create();
        Capture capture = Capture.create()) {
      Qmp qmp = new Qmp(domain);
      MigrationSettings settings = new MigrationSettings(domain, Path.of(arguments[1]));
      if (arguments[2].equals("standing")) {
        settings.applyStanding();
      } else {
        int downtime = Convergence.of(qmp, Duration.ofMillis(500)).firstMillis();
        settings.apply(downtime, BudgetLimits.UNLIMITED);
      }
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
