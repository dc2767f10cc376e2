// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.testing.TestGuest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QemuEndIT {
  @TempDir Path empty;
  private RollbackRig rig;
  private TestGuest guest;

  @BeforeAll
  void start() throws Exception {
    rig = new RollbackRig();
    guest = rig.guest;
  }

  @AfterAll
  void stop() throws Exception {
    rig.close();
  }

  @BeforeEach
  void runs() throws Exception {
    if (!guest.state().equals("running")) {
      guest.virsh("start");
    }
  }

  @Test
  void aGuestIsKilledAndLibvirtKnows() throws Exception {
    ProcessHandle qemu = qemu();
    end(QemuEnd.onThisHost());
    assertFalse(qemu.isAlive());
    assertEquals("shut off", guest.state());
    guest.virsh("start");
    assertNotEquals(qemu.pid(), qemu().pid());
  }

  @Test
  void oneThatIgnoresSignalsThatCanBeIgnoredIsEndedAsWell() throws Exception {
    ProcessHandle qemu = qemu();
    TestGuest.run("kill", "-STOP", String.valueOf(qemu.pid()));
    end(QemuEnd.onThisHost());
    assertFalse(qemu.isAlive());
    assertEquals("shut off", guest.state());
  }

  @Test
  void whereItsProcessCannotBeSeenLibvirtEndsIt() throws Exception {
    end(new QemuEnd(empty));
    assertEquals("shut off", guest.state());
  }

  @Test
  void libvirtDoesNotMissAGuestWhileItsMonitorIsHeld() throws Exception {
    ProcessHandle qemu = qemu();
    try (MonitorHold hold = MonitorHold.of(qemu.pid())) {
      assertTrue(hold.size() > 0);
      qemu.destroyForcibly();
      TestGuest.awaitThat("QEMU is gone", () -> !qemu.isAlive());
      assertEquals("running", guest.state());
    }
    TestGuest.awaitThat("libvirt knows", this::isShutOff);
  }

  private boolean isShutOff() {
    try {
      return guest.state().equals("shut off");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private ProcessHandle qemu() {
    return QemuEnd.onThisHost().process(guest.id()).orElseThrow();
  }

  private void end(QemuEnd end) throws Exception {
    try (GuestDomain domain = rig.host.link().domain(guest.id())) {
      end.of(domain, guest.id());
    }
  }
}
