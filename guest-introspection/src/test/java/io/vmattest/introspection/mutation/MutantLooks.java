// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

import io.vmattest.introspection.integrity.KernelReference;
import io.vmattest.introspection.integrity.KernelStore;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.memory.ElfCoreMemory;
import io.vmattest.introspection.memory.GuestMemory;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Looks at mutants of one guest, seed by seed, in a process whose heap is limited from outside.
 *
 * <p>Arguments: the guest's core, the store of its kernel's package, the first seed, how many, for
 * how many seconds at most. Exit status 1 if a look threw or took more than 2 s each time it was
 * tried; 3 if one did not end.
 */
public final class MutantLooks {
  private static final long LIMIT_NANOS = 2_000_000_000L;
  private static final long STUCK_NANOS = 60_000_000_000L;

  /** A machine that does other things as well makes a look slow, but not each time. */
  private static final int TRIES = 3;

  private static final int WARM_UP = 20;

  private final FullLook look;
  private final GuestMemory memory;
  private final Anatomy guest;
  private final AtomicLong began = new AtomicLong();
  private final AtomicLong current = new AtomicLong();
  private final List<String> failures = new ArrayList<>();
  private Timing slowest = new Timing(0, 0, 0);
  private int looks;
  private int unread;
  private int told;

  /** Garbage that was not yet collected is part of it. */
  private long peakHeap;

  /** Times of one look, in nanoseconds; the processor's is the thread's own. */
  private record Timing(long seed, long wall, long processor) {
    @Override
    public String toString() {
      return "%.0f ms (%.0f ms of the processor), seed %d, %s"
          .formatted(wall / 1e6, processor / 1e6, seed, Mutation.of(seed));
    }
  }

  private MutantLooks(FullLook look, GuestMemory memory, Kernel kernel) {
    this.look = look;
    this.memory = memory;
    this.guest = Anatomy.of(memory, kernel, look);
  }

  /** See above. */
  public static void main(String[] args) throws Exception {
    try (ElfCoreMemory core = ElfCoreMemory.open(Path.of(args[0]));
        KernelStore store = KernelStore.open(Path.of(args[1]))) {
      KernelReference reference = store.reference();
      FullLook look = new FullLook(new KernelFinder(), core.vcpus(), reference);
      if (!(look.finder().find(core, core.vcpus()) instanceof Found found)) {
        throw new IllegalStateException("no kernel in the undamaged guest");
      }
      MutantLooks looks = new MutantLooks(look, core, found.kernel());
      looks.run(Long.parseLong(args[2]), Integer.parseInt(args[3]), Long.parseLong(args[4]));
      System.exit(looks.report());
    }
  }

  private void run(long first, int count, long seconds) {
    for (int i = 0; i < WARM_UP; i++) {
      look.at(memory);
    }
    watch();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    for (long seed = first; seed < first + count && System.nanoTime() < end; seed++) {
      one(seed);
    }
    began.set(0);
  }

  private void one(long seed) {
    looks++;
    try {
      Timing timing = timed(seed);
      for (int i = 1; i < TRIES && timing.wall > LIMIT_NANOS; i++) {
        System.out.println("over the limit, tried again: " + timing);
        Timing again = timed(seed);
        timing = again.wall < timing.wall ? again : timing;
      }
      if (timing.wall > LIMIT_NANOS) {
        failures.add("too slow: " + timing);
      }
      slowest = timing.wall > slowest.wall ? timing : slowest;
    } catch (RuntimeException | Error e) {
      failures.add("seed %d, %s: %s".formatted(seed, Mutation.of(seed), e));
      e.printStackTrace(System.out);
    }
  }

  private Timing timed(long seed) {
    GuestMemory mutant = Mutation.mutant(seed, guest, memory);
    current.set(seed);
    long processor = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    long start = System.nanoTime();
    began.set(start);
    Optional<Integer> findings = look.at(mutant);
    long wall = System.nanoTime() - start;
    processor = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - processor;
    peakHeap =
        Math.max(peakHeap, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    unread += findings.isEmpty() ? 1 : 0;
    told += findings.orElse(0) > 0 ? 1 : 0;
    return new Timing(seed, wall, processor);
  }

  /** Ends the process should a look not end, and says where it is. */
  private void watch() {
    Thread looker = Thread.currentThread();
    Thread watcher =
        new Thread(
            () -> {
              while (began.get() == 0 || System.nanoTime() - began.get() < STUCK_NANOS) {
                sleep();
              }
              System.out.printf("FAILED: seed %d does not end%n", current.get());
              for (StackTraceElement element : looker.getStackTrace()) {
                System.out.println("  at " + element);
              }
              Runtime.getRuntime().halt(3);
            });
    watcher.setDaemon(true);
    watcher.start();
  }

  private static void sleep() {
    try {
      Thread.sleep(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int report() {
    System.out.printf(
        "%d looks: %d without a kernel, %d with findings; slowest %s; peak heap %d MiB of %d%n",
        looks, unread, told, slowest, peakHeap >> 20, Runtime.getRuntime().maxMemory() >> 20);
    failures.forEach(failure -> System.out.println("FAILED: " + failure));
    return failures.isEmpty() ? 0 : 1;
  }
}
