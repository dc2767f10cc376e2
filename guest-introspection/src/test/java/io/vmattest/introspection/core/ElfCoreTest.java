// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vmattest.introspection.memory.ElfCoreMemory;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import io.vmattest.introspection.memory.VcpuRegisters;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElfCoreTest {
  private static final byte[] VMCOREINFO =
      "OSRELEASE=6.1.0-56-cloud-amd64\nPAGESIZE=4096\n".getBytes(US_ASCII);
  private static final long LOW = 0x9f000;
  private static final long HIGH = 3L << 20;

  @TempDir Path dir;
  private final Pieces memory =
      new Pieces(new PhysicalRange(0, LOW), new PhysicalRange(1L << 32, HIGH));

  /** Two pieces of noise, read in bits of an odd size. */
  private static final class Pieces implements GuestMemory {
    private final List<PhysicalRange> ranges;
    private final Map<Long, byte[]> bytes = new HashMap<>();
    private long hole = Long.MAX_VALUE;

    Pieces(PhysicalRange... ranges) {
      this.ranges = List.of(ranges);
      for (PhysicalRange range : ranges) {
        byte[] noise = new byte[(int) range.length()];
        new Random(range.start()).nextBytes(noise);
        bytes.put(range.start(), noise);
      }
    }

    @Override
    public int read(long address, ByteBuffer target) {
      for (Map.Entry<Long, byte[]> piece : bytes.entrySet()) {
        long at = address - piece.getKey();
        if (at >= 0 && at < piece.getValue().length && address < hole) {
          int count =
              (int) Math.min(Math.min(target.remaining(), 77_777), piece.getValue().length - at);
          target.put(piece.getValue(), (int) at, count);
          return count;
        }
      }
      return 0;
    }

    @Override
    public List<PhysicalRange> ranges() {
      return ranges;
    }
  }

  private static CoreRegisters vcpu(long base) {
    Map<String, Long> values = new HashMap<>();
    List<String> names =
        List.of(
            "RAX",
            "RBX",
            "RSP",
            "RIP",
            "RFLAGS",
            "CS.selector",
            "GS.base",
            "CR0",
            "CR3",
            "CR4",
            "IDTR.base",
            "KERNELGSBASE");
    for (int i = 0; i < names.size(); i++) {
      values.put(names.get(i), base + i);
    }
    return new CoreRegisters(values);
  }

  private Path written() throws IOException {
    ElfCore core = new ElfCore(memory, List.of(vcpu(0x1000), vcpu(0x2000)), VMCOREINFO);
    Path file = dir.resolve("guest.core");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      core.write(channel);
    }
    assertEquals(core.size(), Files.size(file));
    return file;
  }

  @Test
  void itsMemoryAndVcpusAreReadAgainAsTheyWere() throws Exception {
    try (ElfCoreMemory core = ElfCoreMemory.open(written())) {
      assertEquals(memory.ranges(), core.ranges());
      for (PhysicalRange range : memory.ranges()) {
        ByteBuffer read = ByteBuffer.allocate((int) range.length());
        while (read.hasRemaining()) {
          assertTrue(core.read(range.start() + read.position(), read) > 0);
        }
        assertArrayEquals(memory.bytes.get(range.start()), read.array());
      }
      assertEquals(List.of(registers(0x1000), registers(0x2000)), core.vcpus());
    }
  }

  private static VcpuRegisters registers(long base) {
    return new VcpuRegisters(
        base + 7, base + 8, base + 9, base + 10, base + 6, OptionalLong.of(base + 11));
  }

  @Test
  void readelfKnowsItsSegmentsAndNotes() throws Exception {
    String said =
        output("readelf", "--wide", "--file-header", "--segments", "--notes", written().toString());
    assertTrue(said.contains("CORE (Core file)"), said);
    assertTrue(said.contains("X86-64"), said);
    assertEquals(2, said.split("NT_PRSTATUS", -1).length - 1, said);
    assertTrue(said.contains("VMCOREINFO"), said);
    assertTrue(said.contains("0x0000000100000000 0x0000000100000000 0x300000 0x300000 RWE"), said);
    assertTrue(!said.toLowerCase(java.util.Locale.ROOT).contains("warning"), said);
  }

  @Test
  void gdbReadsItsVcpusAndItsMemory() throws Exception {
    ByteBuffer word =
        ByteBuffer.wrap(Arrays.copyOf(memory.bytes.get(1L << 32), 8))
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    String said =
        output(
            "gdb",
            "-nx",
            "-batch",
            "-ex",
            "info threads",
            "-ex",
            "p/x $rip",
            "-ex",
            "x/1gx 0x100000000",
            "-ex",
            "thread 2",
            "-ex",
            "p/x $rsp",
            "-c",
            written().toString());
    assertTrue(said.contains("= 0x1003"), said);
    assertTrue(said.contains("= 0x2002"), said);
    assertTrue(said.contains("0x100000000:\t0x%016x".formatted(word.getLong())), said);
  }

  @Test
  void memoryThatIsNotThereIsNoCore() {
    memory.hole = (1L << 32) + 4096;
    assertThrows(EOFException.class, this::written);
  }

  private static String output(String... command) throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin", command[0])), command[0] + " is not installed");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
    assertEquals(0, process.waitFor(), said);
    return said;
  }
}
