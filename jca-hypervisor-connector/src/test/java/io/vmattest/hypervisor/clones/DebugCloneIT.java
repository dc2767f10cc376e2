// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.testing.TestGuest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A debugger at a clone of a real guest's snapshot, beside the guest that goes on. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DebugCloneIT {
  private CloneRig rig;

  @BeforeAll
  void start() throws Exception {
    rig = new CloneRig();
  }

  @AfterEach
  void nothingIsLeftAndTheOriginalGoesOn() throws Exception {
    rig.assertNothingIsLeftAndTheOriginalGoesOn();
  }

  @AfterAll
  void stop() throws Exception {
    rig.close();
  }

  private static long taps(String name) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + CloneRig.pid(name) + "/fd"))) {
      return open.filter(file -> file.toFile().exists()).filter(DebugCloneIT::isTap).count();
    }
  }

  private static boolean isTap(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("net/tun");
    } catch (IOException e) {
      return false;
    }
  }

  private static String gdb(String... commands) throws Exception {
    List<String> line = new ArrayList<>(List.of("gdb", "-nx", "-batch"));
    for (String command : commands) {
      line.addAll(List.of("-ex", command));
    }
    return TestGuest.run(line.toArray(String[]::new));
  }

  private String attested(int vcpu, String register) {
    byte[] value = rig.report.vcpus().get(vcpu).get(register);
    return "= 0x" + new BigInteger(1, value).toString(16) + "\n";
  }

  private static List<String> words(String said) {
    return said.lines().filter(line -> line.matches("0x[0-9a-f]+:\t.*")).toList();
  }

  private Path core() throws Exception {
    Path core = rig.host.folder().resolve("clone.core");
    try (GuestCore made = rig.host.services().cores().of(rig.snapshot());
        OutputStream output = Files.newOutputStream(core)) {
      made.writeTo(output);
    }
    return core;
  }

  private static String modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void gdbFindsTheAttestedRegistersAndMemoryAndTheCloneStandsStill() throws Exception {
    DebugClone clone = rig.started(CloneRig.LONG);
    assertEquals("paused", CloneRig.state(clone));
    assertTrue(CloneRig.virsh("dominfo", clone).matches("(?s).*Persistent: +no.*"));
    String[] look = {"x/4gx 0x1000", "x/4gx 0x1000000", "x/4gx 0x2000000", "x/4gx 0x8000000"};
    List<String> live =
        new ArrayList<>(
            List.of(
                "set architecture i386:x86-64",
                "target remote " + clone.gdb(),
                "thread 1",
                "p/x $rip",
                "p/x $rsp",
                "thread 2",
                "p/x $rip",
                "maintenance packet Qqemu.PhyMemMode:1"));
    live.addAll(List.of(look));
    live.add("disconnect");
    String said = gdb(live.toArray(String[]::new));
    assertTrue(said.contains(attested(0, "RIP")), said);
    assertTrue(said.contains(attested(0, "RSP")), said);
    assertTrue(said.contains(attested(1, "RIP")), said);
    List<String> dead = new ArrayList<>(List.of("core-file " + core()));
    dead.addAll(List.of(look));
    List<String> expected = words(gdb(dead.toArray(String[]::new)));
    assertEquals(8, expected.size());
    assertEquals(expected, words(said));
    assertEquals("paused", CloneRig.state(clone));
  }

  @Test
  void aDebuggerHasNoMonitorAndLeavesACloneThatStandsStill() throws Exception {
    DebugClone clone = rig.started(CloneRig.LONG);
    String attach = "target remote " + clone.gdb();
    String architecture = "set architecture i386:x86-64";
    String said = gdb(architecture, attach, "monitor info status", "p/x $rip", "detach");
    assertFalse(said.contains("VM status"), said);
    assertTrue(said.contains(attested(0, "RIP")), said);
    assertEquals("paused", CloneRig.state(clone));
    said = gdb(architecture, attach, "p/x $rip", "kill", "p 1");
    assertTrue(said.contains(attested(0, "RIP")), said);
    assertEquals("paused", CloneRig.state(clone));
  }

  @Test
  void aDebuggerThatBreaksOffWhileTheCloneRunsLeavesItStandingStill() throws Exception {
    DebugClone clone = rig.started(CloneRig.LONG);
    String[] address = clone.gdb().split(":", 2);
    try (Socket debugger = new Socket(address[0], Integer.parseInt(address[1]))) {
      debugger.getOutputStream().write("$c#63".getBytes(StandardCharsets.US_ASCII));
      TestGuest.awaitThat("the clone runs", () -> CloneRig.state(clone).equals("running"));
    }
    TestGuest.awaitThat("the clone stands still", () -> CloneRig.state(clone).equals("paused"));
  }

  @Test
  void itIsAnotherDomainWithoutAnyNetwork() throws Exception {
    assertEquals(1, taps(rig.guest.name()), "the original's own");
    DebugClone clone = rig.started(CloneRig.LONG);
    assertEquals(0, taps(clone.name()));
    String answer =
        CloneRig.virsh(
            "qemu-monitor-command",
            clone,
            "{\"execute\":\"netdev_del\",\"arguments\":{\"id\":\"hostnet0\"}}");
    assertTrue(answer.contains("DeviceNotFound"), answer);
    String xml = CloneRig.virsh("dumpxml", clone);
    assertTrue(xml.contains(clone.id().toString()), xml);
    assertFalse(xml.contains(rig.guest.name() + ".serial"), xml);
    assertTrue(xml.contains("<serial type='null'>"), xml);
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> rig.host.capture(clone.id(), false));
    assertEquals(Reason.NO_SUCH_VM, refused.reason());
    assertTrue(rig.clones().isClone(clone.id()));
    assertFalse(rig.clones().isClone(rig.guest.id()));
  }

  @Test
  void whatItWritesIfADebuggerLetsItRunIsItsOwn() throws Exception {
    DebugClone clone = rig.started(CloneRig.LONG);
    Path overlay = rig.host.stateFolder().resolve("clones/" + clone.id() + "/disk-0.qcow2");
    String before = Files.getLastModifiedTime(overlay).toString();
    CloneRig.virsh("resume", clone);
    TestGuest.awaitThat("the clone's guest writes", () -> !modified(overlay).equals(before));
    rig.assertUntouched();
    assertEquals(Optional.empty(), rig.guest.mismatch());
  }
}
