// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.vmattest.introspection.image.testing.KernelPackages;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.memory.CountingMemory;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.RawFileMemory;
import io.vmattest.introspection.memory.VcpuRegisters;
import io.vmattest.introspection.testing.QemuGuest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is seen of real guests equals what their own /proc says, and tampering is seen. */
class RealViewsIT {
  private static final int BUSY_STOPS = Integer.getInteger("vmattest.stops", 12);
  private static final Set<String> MODULES = Set.of("virtio", "virtio_ring", "virtio_blk", "dummy");
  private static final int WARM = 200;

  @TempDir static Path kernels;
  @TempDir Path folder;

  @BeforeAll
  static void needsAGuest() throws IOException, InterruptedException {
    Optional<String> impediment = QemuGuest.impediment();
    if (impediment.isPresent()) {
      System.out.println("skipped, no guest: " + impediment.get());
      abort("no guest: " + impediment.get());
    }
  }

  static Stream<Arguments> guests() throws Exception {
    List<Path> images = new ArrayList<>();
    for (Path deb : KernelPackages.all()) {
      Path own = kernels.resolve(deb.getFileName().toString());
      images.add(KernelPackages.withModules(deb, own, MODULES));
    }
    return images.stream()
        .flatMap(kernel -> Stream.of(Arguments.of(kernel, 1), Arguments.of(kernel, 2)));
  }

  @ParameterizedTest
  @MethodSource("guests")
  void seesWhatTheGuestSeesAndWhatIsHiddenFromIt(Path image, int vcpus) throws Exception {
    long began = System.nanoTime();
    try (ViewGuest guest = ViewGuest.start(folder, image, vcpus);
        RawFileMemory memory = RawFileMemory.flat(guest.guest().ram())) {
      Kernel kernel = kernel(memory, guest.guest().stop());
      System.out.printf("%s, %d vCPUs%n", kernel.info().osRelease(), vcpus);
      new OwnAccount(guest).assertEqual(kernel);
      assertNothingIsFound(kernel);
      new Tampers(kernel, guest).assertSeen();
      measure(memory, guest.guest());
      new Damage(kernel).assertEndsInViews();
      for (int i = 0; i < BUSY_STOPS; i++) {
        guest.guest().resume();
        Thread.sleep(20 + 7L * i); // Other moments of fork, exec and exit; none is awaited.
        Kernel moment = kernel(memory, guest.guest().stop());
        assertNothingIsFound(moment);
        new Tampers(moment, guest).assertLoopIsFound();
      }
    }
    System.out.printf("  all in %.1f s%n", (System.nanoTime() - began) / 1e9);
  }

  static void assertNothingIsFound(Kernel kernel) {
    assertEquals(List.of(), TaskView.read(kernel).findings());
    assertEquals(List.of(), ModuleView.read(kernel).findings());
    assertEquals(List.of(), SocketView.read(kernel).findings());
    assertEquals(List.of(), MountView.read(kernel).findings());
  }

  private static Kernel kernel(GuestMemory memory, List<VcpuRegisters> vcpus) {
    return assertInstanceOf(Found.class, new KernelFinder().find(memory, vcpus)).kernel();
  }

  private static void measure(RawFileMemory memory, QemuGuest guest) throws IOException {
    CountingMemory counting = new CountingMemory(memory);
    Kernel kernel = kernel(counting, guest.stop());
    measure("tasks", counting, kernel, it -> TaskView.read(it).tasks().size());
    measure("modules", counting, kernel, it -> ModuleView.read(it).modules().size());
    measure("sockets", counting, kernel, it -> SocketView.read(it).sockets().size());
    measure("mounts", counting, kernel, it -> MountView.read(it).mounts().size());
  }

  private static void measure(
      String what, CountingMemory counting, Kernel kernel, Function<Kernel, Integer> read) {
    counting.reset();
    int count = read.apply(kernel);
    long pages = counting.pages();
    long best = Long.MAX_VALUE;
    for (int i = 0; i < WARM; i++) {
      long began = System.nanoTime();
      assertTrue(read.apply(kernel) > 0);
      best = Math.min(best, System.nanoTime() - began);
    }
    System.out.printf("  %d %s: warm %.2f ms, %d pages%n", count, what, best / 1e6, pages);
  }
}
