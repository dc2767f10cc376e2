// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.cores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.GuestCore;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch;
import io.vmattest.introspection.memory.ElfCoreMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A real guest's snapshot as debuggers see it. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SnapshotCoreIT {
  private static final int PAGE = 4096;

  private TestHost host;
  private TestGuest guest;
  private AttestationReport report;
  private Path core;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 2);
    report = TestHost.report(host.capture(guest.id(), true));
    core = host.folder().resolve("guest.core");
    try (GuestCore made = host.services().cores().of(snapshot());
        OutputStream output = Files.newOutputStream(core)) {
      assertTrue(made.hasVmcoreinfo());
      made.writeTo(output);
      output.flush();
      assertEquals(made.size(), Files.size(core));
    }
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
  }

  private StoredSnapshot snapshot() throws Exception {
    return host.services().store().find(guest.id(), report.snapshot()).orElseThrow();
  }

  private static String output(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  private String attested(int vcpu, String register) {
    Map<String, byte[]> registers = report.vcpus().get(vcpu);
    return "= 0x" + new BigInteger(1, registers.get(register)).toString(16) + "\n";
  }

  @Test
  void itsPagesHashToTheAttestedTree() throws Exception {
    RamBlock attested =
        report.ramBlocks().stream()
            .filter(b -> b.name().equals("pc.ram"))
            .findFirst()
            .orElseThrow();
    List<Digest> leaves = new ArrayList<>();
    byte[] page = new byte[PAGE];
    try (ElfCoreMemory memory = ElfCoreMemory.open(core)) {
      for (PhysicalRange range : memory.ranges()) {
        for (long at = range.start(); at < range.end(); at += PAGE) {
          assertEquals(PAGE, memory.read(at, ByteBuffer.wrap(page)));
          leaves.add(MerkleTree.leafHash(page));
        }
      }
    }
    assertEquals(attested.length(), (long) leaves.size() * PAGE);
    assertEquals(attested.root(), MerkleTree.root(leaves));
  }

  @Test
  void gdbShowsTheAttestedRegistersOfEveryVcpu() throws Exception {
    String said =
        output(
            "gdb",
            "-nx",
            "-batch",
            "-ex",
            "thread 1",
            "-ex",
            "p/x $rip",
            "-ex",
            "p/x $rsp",
            "-ex",
            "thread 2",
            "-ex",
            "p/x $rip",
            "-ex",
            "p/x $rbx",
            "-ex",
            "x/1gx 0x1000",
            "-c",
            core.toString());
    String values = said.substring(said.indexOf("= "));
    assertTrue(values.contains(attested(0, "RIP")), said);
    assertTrue(values.contains(attested(0, "RSP")), said);
    assertTrue(values.contains(attested(1, "RIP")), said);
    assertTrue(values.contains(attested(1, "RBX")), said);
    assertTrue(said.contains("0x1000:\t0x"), said);
  }

  @Test
  void readelfNamesItsNotes() throws Exception {
    String said = output("readelf", "--wide", "--notes", "--segments", core.toString());
    assertEquals(2, said.split("NT_PRSTATUS", -1).length - 1, said);
    assertTrue(said.contains("VMCOREINFO"), said);
  }

  @Test
  void theGuestsKernelIsFoundInIt() throws Exception {
    try (ElfCoreMemory memory = ElfCoreMemory.open(core)) {
      KernelSearch.Found found =
          assertInstanceOf(
              KernelSearch.Found.class, new KernelFinder().find(memory, memory.vcpus()));
      byte[] text = found.kernel().info().text();
      assertTrue(indexIn(headOf(core), text) > 0, "the note is the kernel's own text");
    }
  }

  private static byte[] headOf(Path file) throws Exception {
    try (var input = Files.newInputStream(file)) {
      return input.readNBytes(64 << 10);
    }
  }

  private static int indexIn(byte[] all, byte[] part) {
    String text = new String(all, StandardCharsets.ISO_8859_1);
    return text.indexOf(new String(part, StandardCharsets.ISO_8859_1));
  }

  @Test
  void aDamagedSnapshotIsRefusedAndLeavesNothing() throws Exception {
    Path pack = host.stateFolder().resolve("snapshots/" + guest.id() + "/pages/00000001.pack");
    byte[] good = Files.readAllBytes(pack);
    byte[] bad = good.clone();
    bad[good.length / 3] ^= 1;
    Files.write(pack, bad);
    try {
      HypervisorException refused =
          assertThrows(
              HypervisorException.class, () -> host.services().cores().of(snapshot()).close());
      assertEquals(Reason.SNAPSHOT_DAMAGED, refused.reason());
    } finally {
      Files.write(pack, good);
    }
    try (Stream<Path> left = Files.list(host.stateFolder().resolve("cores"))) {
      assertEquals(List.of(), left.toList());
    }
    host.services().cores().of(snapshot()).close();
  }

  @Test
  void onlySoManyAreFetchedAtOnceAndAClosedOneGivesItsPlaceBackOnce() throws Exception {
    SnapshotCores cores = new SnapshotCores(host.services().state().cores());
    try (GuestCore first = cores.of(snapshot());
        GuestCore second = cores.of(snapshot())) {
      assertEquals(first.size(), second.size());
      HypervisorException refused =
          assertThrows(HypervisorException.class, () -> cores.of(snapshot()).close());
      assertEquals(Reason.HOST_BUSY, refused.reason());
      second.close();
      second.close();
      GuestCore third = cores.of(snapshot());
      assertThrows(HypervisorException.class, () -> cores.of(snapshot()).close());
      third.close();
    }
  }

  @Test
  void theCoreOfAGuestIsTheSameEachTime() throws Exception {
    Path again = host.folder().resolve("again.core");
    try (GuestCore made = host.services().cores().of(snapshot());
        OutputStream output = Files.newOutputStream(again)) {
      made.writeTo(output);
    }
    assertEquals(-1, Files.mismatch(core, again));
  }
}
