// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
  private static final Duration LONG = Duration.ofHours(1);

  private TestHost host;
  private TestGuest guest;
  private AttestationReport report;
  private String defined;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(TestHost.SYSTEM, host.folder(), 2, Map.of("GUEST_NETWORK", "ethernet"));
    report = TestHost.report(host.capture(guest.id(), true));
    defined = guest.virsh("dumpxml", "--inactive");
  }

  @AfterEach
  void nothingIsLeftAndTheOriginalGoesOn() throws Exception {
    for (DebugClone left : host.services().clones().list(guest.id())) {
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

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
  }

  private DebugClone started(Duration life) throws Exception {
    return host.operations().clones().start(guest.id(), report.snapshot(), life);
  }

  private StoredSnapshot snapshot() {
    return host.services().store().find(guest.id(), report.snapshot()).orElseThrow();
  }

  private void assertUntouched() throws Exception {
    for (FrozenDisk disk : snapshot().disks()) {
      assertTrue(disk.isUntouched(), disk.toString());
    }
  }

  private static String domains() throws Exception {
    return TestGuest.run("virsh", "-q", "-c", TestHost.SYSTEM, "list", "--all", "--name");
  }

  private static String virsh(String command, DebugClone clone, String... more) throws Exception {
    List<String> line =
        new ArrayList<>(List.of("virsh", "-q", "-c", TestHost.SYSTEM, command, clone.name()));
    line.addAll(List.of(more));
    return TestGuest.run(line.toArray(String[]::new)).strip();
  }

  private List<String> folders() throws IOException {
    try (Stream<Path> all = Files.list(host.stateFolder().resolve("clones"))) {
      return all.map(folder -> folder.getFileName().toString()).toList();
    }
  }

  private static long pid(String name) throws IOException {
    return Long.parseLong(Files.readString(Path.of("/run/libvirt/qemu", name + ".pid")).strip());
  }

  private static long taps(String name) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid(name) + "/fd"))) {
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
    byte[] value = report.vcpus().get(vcpu).get(register);
    return "= 0x" + new BigInteger(1, value).toString(16) + "\n";
  }

  private static List<String> words(String said) {
    return said.lines().filter(line -> line.matches("0x[0-9a-f]+:\t.*")).toList();
  }

  private Path core() throws Exception {
    Path core = host.folder().resolve("clone.core");
    try (GuestCore made = host.services().cores().of(snapshot());
        OutputStream output = Files.newOutputStream(core)) {
      made.writeTo(output);
    }
    return core;
  }

  @Test
  void gdbFindsTheAttestedRegistersAndMemoryAndTheCloneStandsStill() throws Exception {
    DebugClone clone = started(LONG);
    assertEquals("paused", virsh("domstate", clone));
    assertTrue(virsh("dominfo", clone).matches("(?s).*Persistent: +no.*"));
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
    assertEquals("paused", virsh("domstate", clone));
  }

  @Test
  void aDebuggerHasNoMonitorAndLeavesACloneThatStandsStill() throws Exception {
    DebugClone clone = started(LONG);
    String attach = "target remote " + clone.gdb();
    String architecture = "set architecture i386:x86-64";
    String said = gdb(architecture, attach, "monitor info status", "p/x $rip", "detach");
    assertFalse(said.contains("VM status"), said);
    assertTrue(said.contains(attested(0, "RIP")), said);
    assertEquals("paused", virsh("domstate", clone));
    said = gdb(architecture, attach, "p/x $rip", "kill", "p 1");
    assertTrue(said.contains(attested(0, "RIP")), said);
    assertEquals("paused", virsh("domstate", clone));
  }

  @Test
  void aDebuggerThatBreaksOffWhileTheCloneRunsLeavesItStandingStill() throws Exception {
    DebugClone clone = started(LONG);
    String[] address = clone.gdb().split(":", 2);
    try (Socket debugger = new Socket(address[0], Integer.parseInt(address[1]))) {
      debugger.getOutputStream().write("$c#63".getBytes(StandardCharsets.US_ASCII));
      TestGuest.awaitThat("the clone runs", () -> state(clone).equals("running"));
    }
    TestGuest.awaitThat("the clone stands still", () -> state(clone).equals("paused"));
  }

  private static String state(DebugClone clone) {
    try {
      return virsh("domstate", clone);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void itIsAnotherDomainWithoutAnyNetwork() throws Exception {
    assertEquals(1, taps(guest.name()), "the original's own");
    DebugClone clone = started(LONG);
    assertEquals(0, taps(clone.name()));
    String answer =
        virsh(
            "qemu-monitor-command",
            clone,
            "{\"execute\":\"netdev_del\",\"arguments\":{\"id\":\"hostnet0\"}}");
    assertTrue(answer.contains("DeviceNotFound"), answer);
    String xml = virsh("dumpxml", clone);
    assertTrue(xml.contains(clone.id().toString()), xml);
    assertFalse(xml.contains(guest.name() + ".serial"), xml);
    assertTrue(xml.contains("<serial type='null'>"), xml);
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> host.capture(clone.id(), false));
    assertEquals(Reason.NO_SUCH_VM, refused.reason());
    assertTrue(host.services().clones().isClone(clone.id()));
    assertFalse(host.services().clones().isClone(guest.id()));
  }

  @Test
  void whatItWritesIfADebuggerLetsItRunIsItsOwn() throws Exception {
    DebugClone clone = started(LONG);
    Path overlay = host.stateFolder().resolve("clones/" + clone.id() + "/disk-0.qcow2");
    String before = Files.getLastModifiedTime(overlay).toString();
    virsh("resume", clone);
    TestGuest.awaitThat("the clone's guest writes", () -> !modified(overlay).equals(before));
    assertUntouched();
    assertEquals(Optional.empty(), guest.mismatch());
  }

  private static String modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aSnapshotHasOneCloneAndStaysWhileItHas() throws Exception {
    DebugClone clone = started(LONG);
    assertEquals(List.of(clone), host.services().clones().list(guest.id()));
    assertEquals(
        Reason.SNAPSHOT_IN_USE,
        assertThrows(HypervisorException.class, () -> started(LONG)).reason());
    assertEquals(
        Reason.SNAPSHOT_IN_USE,
        assertThrows(
                HypervisorException.class,
                () -> host.operations().dropSnapshot(guest.id(), report.snapshot()))
            .reason());
    long qemu = pid(clone.name());
    host.operations().clones().stop(guest.id(), clone.id());
    assertFalse(ProcessHandle.of(qemu).map(ProcessHandle::isAlive).orElse(false));
    assertEquals(
        Reason.NO_SUCH_CLONE,
        assertThrows(
                HypervisorException.class,
                () -> host.operations().clones().stop(guest.id(), clone.id()))
            .reason());
    assertTrue(host.services().clones().isClone(clone.id()), "its last events are still to come");
  }

  @Test
  void aSweepEndsWhatIsOverTimeOrEndedByItselfAndNothingElse() throws Exception {
    DebugClones clones = host.services().clones();
    DebugClone wanted = started(LONG);
    clones.sweep(host.link());
    assertEquals(List.of(wanted), clones.list(guest.id()));
    virsh("destroy", wanted);
    clones.sweep(host.link());
    assertEquals(List.of(), clones.list(guest.id()));
    assertEquals(List.of(), folders());
    DebugClone over = started(Duration.ZERO);
    assertEquals("paused", virsh("domstate", over));
    clones.sweep(host.link());
    assertEquals(List.of(), clones.list(guest.id()));
  }

  @Test
  void whatADeadServerLeftIsEndedByTheNextOne() throws Exception {
    DebugClone left = started(LONG);
    host.restart();
    assertEquals(List.of(), host.services().clones().list(guest.id()));
    assertTrue(host.services().clones().isClone(left.id()));
    assertEquals("paused", virsh("domstate", left));
    host.services().clones().sweep(host.link());
    assertFalse(domains().contains(left.name()), domains());
  }

  @Test
  void aServerThatStopsTakesItsClonesWithIt() throws Exception {
    DebugClone left = started(LONG);
    host.services().clones().close(host.link());
    assertFalse(domains().contains(left.name()), domains());
    assertEquals(
        Reason.HOST_BUSY, assertThrows(HypervisorException.class, () -> started(LONG)).reason());
    host.restart();
  }

  @Test
  void aMergeLeavesTheImagesOfACloneAlone() throws Exception {
    AttestationReport middle = TestHost.report(host.capture(guest.id(), true));
    Path held = frozen(middle);
    AttestationReport newest = TestHost.report(host.capture(guest.id(), true));
    DebugClone clone = host.operations().clones().start(guest.id(), newest.snapshot(), LONG);
    host.operations().dropSnapshot(guest.id(), middle.snapshot());
    assertTrue(Files.exists(held));
    assertEquals("paused", virsh("domstate", clone));
    host.operations().clones().stop(guest.id(), clone.id());
    host.operations().dropSnapshot(guest.id(), newest.snapshot());
    assertFalse(Files.exists(held));
    // Captures switch the disks in it, and merges do.
    defined = guest.virsh("dumpxml", "--inactive");
  }

  private Path frozen(AttestationReport kept) throws IOException {
    return host.services()
        .store()
        .find(guest.id(), kept.snapshot())
        .orElseThrow()
        .disks()
        .get(0)
        .image();
  }

  @Test
  void aDamagedSnapshotGivesNoClone() throws Exception {
    Path pack = host.stateFolder().resolve("snapshots/" + guest.id() + "/pages/00000001.pack");
    byte[] good = Files.readAllBytes(pack);
    byte[] bad = good.clone();
    bad[good.length / 3] ^= 1;
    Files.write(pack, bad);
    try {
      assertEquals(
          Reason.SNAPSHOT_DAMAGED,
          assertThrows(HypervisorException.class, () -> started(LONG)).reason());
    } finally {
      Files.write(pack, good);
    }
    assertEquals(
        Reason.NO_SUCH_SNAPSHOT,
        assertThrows(
                HypervisorException.class,
                () -> host.operations().clones().start(UUID.randomUUID(), report.snapshot(), LONG))
            .reason());
  }
}
