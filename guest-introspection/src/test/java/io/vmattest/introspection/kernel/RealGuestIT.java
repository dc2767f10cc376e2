// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.kernel.VcpuAgreement.Answer;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.CountingMemory;
import io.vmattest.introspection.memory.ElfCoreMemory;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.PagingMode;
import io.vmattest.introspection.memory.RawFileMemory;
import io.vmattest.introspection.memory.VcpuRegisters;
import io.vmattest.introspection.testing.DamagedMemory;
import io.vmattest.introspection.testing.QemuGuest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read of real guests equals what they say themselves. */
class RealGuestIT {
  private static final int MAX_TASKS = 10_000;
  private static final int DAMAGED = 100;

  @TempDir static Path kernels;
  @TempDir Path folder;

  @BeforeAll
  static void needsAGuest() throws IOException, InterruptedException {
    QemuGuest.require();
  }

  /** Kernels, paging and page-table isolation in pairs. */
  static Stream<Arguments> guests()
      throws IOException, InterruptedException, MalformedImageException {
    List<Path> all = QemuGuest.kernels(kernels);
    return IntStream.range(0, all.size())
        .boxed()
        .flatMap(
            i -> {
              String first = i % 2 == 0 ? "pti=on" : "mitigations=off";
              String second = i % 2 == 0 ? "mitigations=off" : "pti=on";
              return Stream.of(
                  Arguments.of(all.get(i), "qemu64", first, PagingMode.FOUR_LEVEL),
                  Arguments.of(all.get(i), "max", second, PagingMode.FIVE_LEVEL));
            });
  }

  @ParameterizedTest
  @MethodSource("guests")
  void equalsWhatTheGuestSaysOfItself(Path image, String cpu, String words, PagingMode mode)
      throws IOException, InterruptedException, MalformedGuestException {
    try (QemuGuest guest = QemuGuest.start(folder, image, cpu, words)) {
      List<VcpuRegisters> vcpus = guest.stop();
      assertEquals(2, vcpus.size());
      try (RawFileMemory memory = RawFileMemory.flat(guest.ram());
          ElfCoreMemory core = ElfCoreMemory.open(guest.dump())) {
        Kernel kernel = measured(memory, vcpus, cpu + " " + words);
        System.out.printf(
            "  CR3 of the vCPUs, bit 12 for the user half under PTI:%s%n",
            vcpus.stream().map(vcpu -> " %x".formatted(vcpu.cr3())).toList());
        assertEquals(mode, vcpus.get(0).pagingMode());
        assertEquals(guest.release(), kernel.info().osRelease());
        assertEquals(own(guest.ownSymbols()), read(kernel.symbols()));
        assertTypesFit(kernel, guest.release());
        assertVcpusAgree(kernel, core.vcpus());
        assertSameInCore(kernel, core, vcpus);
        assertAnyDamageEndsInAResult(memory, kernel, vcpus);
      }
    }
  }

  private static Kernel measured(GuestMemory memory, List<VcpuRegisters> vcpus, String name)
      throws MalformedGuestException {
    KernelFinder finder = new KernelFinder();
    CountingMemory counting = new CountingMemory(memory);
    long began = System.nanoTime();
    Kernel kernel = found(finder.find(counting, vcpus));
    long cold = System.nanoTime() - began;
    began = System.nanoTime();
    found(finder.find(memory, vcpus));
    long warm = System.nanoTime() - began;
    System.out.printf(
        "%s %s: cold %.1f ms (%d pages with the scan), warm %.1f ms%n",
        kernel.info().osRelease(), name, cold / 1e6, counting.pages(), warm / 1e6);
    parts(memory, kernel);
    return kernel;
  }

  private static void parts(GuestMemory memory, Kernel kernel) throws MalformedGuestException {
    CountingMemory counting = new CountingMemory(memory);
    KernelMap map = KernelMap.of(kernel.info());
    AddressSpace space = map.addressSpace(counting);
    long start = kernel.symbols().address("__start_BTF").orElseThrow();
    long stop = kernel.symbols().address("__stop_BTF").orElseThrow();
    long[] times = new long[5];
    times[0] = System.nanoTime();
    VmcoreInfoScan.scan(memory, at -> Optional.empty());
    times[1] = System.nanoTime();
    KallsymsTables tables = KallsymsTables.read(space, map);
    times[2] = System.nanoTime();
    Kallsyms.decode(tables);
    times[3] = System.nanoTime();
    long symbolPages = counting.pages();
    counting.reset();
    Btf.parse(space.bytes(start, stop - start, 64 << 20), start);
    times[4] = System.nanoTime();
    System.out.printf(
        "  whole scan %.1f ms; kallsyms read %.1f ms, decoded %.1f ms, %d symbols, %d pages;"
            + " BTF %.1f ms, %d types, %d pages%n",
        (times[1] - times[0]) / 1e6,
        (times[2] - times[1]) / 1e6,
        (times[3] - times[2]) / 1e6,
        kernel.symbols().size(),
        symbolPages,
        (times[4] - times[3]) / 1e6,
        kernel.types().size(),
        counting.pages());
  }

  /** The lines without those of modules and trampolines, which end in the owner's name. */
  private static List<String> own(List<String> lines) {
    return lines.stream().filter(line -> line.indexOf('\t') < 0).toList();
  }

  private static List<String> read(Kallsyms symbols) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < symbols.size(); i++) {
      Symbol symbol = symbols.get(i);
      lines.add("%016x %c %s".formatted(symbol.address(), symbol.type(), symbol.name()));
    }
    return lines;
  }

  private static void assertTypesFit(Kernel kernel, String release) throws MalformedGuestException {
    AddressSpace space = kernel.addressSpace();
    long idle = kernel.symbols().address("init_task").orElseThrow();
    long comm = kernel.types().offset("task_struct", "comm");
    assertEquals("swapper/0", space.cString(idle + comm, 16));
    long names = kernel.symbols().address("init_uts_ns").orElseThrow();
    long at = names + kernel.types().offset("uts_namespace", "name.release");
    assertEquals(release, space.cString(at, 64));
    assertEquals(Map.of("probe", 1L), tasks(kernel, "probe"));
  }

  /** Processes of that name and their numbers, by the kernel's list of tasks. */
  private static Map<String, Long> tasks(Kernel kernel, String name)
      throws MalformedGuestException {
    AddressSpace space = kernel.addressSpace();
    long list = kernel.types().offset("task_struct", "tasks");
    long comm = kernel.types().offset("task_struct", "comm");
    long pid = kernel.types().offset("task_struct", "pid");
    long idle = kernel.symbols().address("init_task").orElseThrow();
    Map<String, Long> found = new HashMap<>();
    long task = space.u64(idle + list) - list;
    for (int i = 0; i < MAX_TASKS && task != idle; i++) {
      if (space.cString(task + comm, 16).equals(name)) {
        found.put(name, space.u32(task + pid));
      }
      task = space.u64(task + list) - list;
    }
    return found;
  }

  /** The core's notes have both GS bases, so that also a vCPU in user mode is known. */
  private static void assertVcpusAgree(Kernel kernel, List<VcpuRegisters> vcpus)
      throws MalformedGuestException {
    VcpuAgreement agrees = new VcpuAgreement(Answer.AGREES, Answer.AGREES, Answer.UNKNOWN);
    assertEquals(
        List.of(agrees, agrees),
        new VcpuAnchors(kernel.addressSpace(), kernel.symbols(), vcpus).compare());
  }

  private static void assertSameInCore(
      Kernel kernel, ElfCoreMemory core, List<VcpuRegisters> vcpus) {
    assertEquals(
        vcpus.stream().map(VcpuRegisters::cr3).toList(),
        core.vcpus().stream().map(VcpuRegisters::cr3).toList());
    Kernel again = found(new KernelFinder().find(core, core.vcpus()));
    assertEquals(kernel.info().physicalAddress(), again.info().physicalAddress());
    assertEquals(read(kernel.symbols()), read(again.symbols()));
  }

  /** Damages what the search depends on: page tables, the tables of symbols, types, pointers. */
  private static void assertAnyDamageEndsInAResult(
      RawFileMemory memory, Kernel kernel, List<VcpuRegisters> vcpus)
      throws MalformedGuestException {
    List<Long> targets = new ArrayList<>();
    for (String symbol :
        List.of(
            "swapper_pg_dir",
            "kallsyms_names",
            "kallsyms_token_table",
            "kallsyms_token_index",
            "kallsyms_offsets",
            "kallsyms_num_syms",
            "kallsyms_relative_base")) {
      targets.add(kernel.addressSpace().translate(kernel.info().symbol(symbol)).orElseThrow());
    }
    long types = kernel.symbols().address("__start_BTF").orElseThrow();
    targets.add(kernel.addressSpace().translate(types).orElseThrow());
    targets.add(kernel.info().physicalAddress());
    int found = 0;
    for (int seed = 0; seed < DAMAGED; seed++) {
      Random random = new Random(seed);
      Map<Long, Long> words = new HashMap<>();
      for (int i = 0; i < 1 + seed % 4; i++) {
        long target = targets.get(random.nextInt(targets.size())) & -8;
        words.put(target + random.nextInt(512) * 8L, random.nextLong() >> random.nextInt(64));
      }
      KernelSearch search = new KernelFinder().find(new DamagedMemory(memory, words), vcpus);
      found += search instanceof Found ? 1 : 0;
    }
    assertTrue(found < DAMAGED, "no damage was noticed");
    System.out.printf("  %d of %d damaged guests were still read%n", found, DAMAGED);
  }

  private static Kernel found(KernelSearch search) {
    return assertInstanceOf(Found.class, search, search.toString()).kernel();
  }
}
