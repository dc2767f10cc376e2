// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.testing.TestGuest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("guest")
class KeepAliveIT {
  private static final String SCRIPT =
      Path.of(System.getProperty("vmattest.scripts", "../bin/lib"), "libvirt-private.sh")
          .toString();

  @Test
  void aCallToALibvirtdThatHangsComesBack() throws Exception {
    Path folder = TestGuest.folder();
    String uri = TestGuest.run(SCRIPT, "start", folder.toString()).strip();
    String libvirtd = Files.readString(folder.resolve("libvirtd.pid")).strip();
    try (HostLink link = HostLink.open(uri, 1, 2)) {
      assertTrue(link.answers());
      TestGuest.run("kill", "-STOP", libvirtd);
      assertTimeoutPreemptively(
          Duration.ofSeconds(60),
          () -> {
            assertThrows(LibvirtFailure.class, link::domains);
            assertFalse(link.answers());
          });
    } finally {
      TestGuest.run("kill", "-CONT", libvirtd);
      TestGuest.run(SCRIPT, "stop", folder.toString());
      TestGuest.deleteFolder(folder);
    }
  }
}
