// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

import com.sun.management.ThreadMXBean;
import io.vmattest.introspection.integrity.KernelReference;
import io.vmattest.introspection.integrity.KernelStore;
import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.memory.ElfCoreMemory;
import io.vmattest.introspection.memory.GuestMemory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks at mutants of one guest, seed by seed, in a process whose heap is limited from outside.
 *
 * <p>Arguments: the guest's core, the store of its kernel's package, the first seed, how many, for
 * how many seconds at most, and how many milliseconds a look may take, 0 for as long as it ends.
 * Exit status 1 if a look threw or took longer each time it was tried; 3 if one did not end.
 */
public final class MutantLooks {
  private static final int STUCK_SECONDS = 60;

  /** A machine that does other things as well makes a look slow, but not each time. */
  private static final int TRIES = 3;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM_UP = 20;
  private static final int LOOKS_A_LINE = 500;

  private final FullLook look;
  private final GuestMemory memory;
  private final Anatomy guest;
  private final long limitNanos;
  private final List<String> failures = new ArrayList<>();
  private Timing slowest = new Timing(0, 0, 0);
  private int looks;
  private int unread;
  private int told;

  /** Bytes that looks asked for, whether they still were in use or not. */
  private long allocatedInAll;

  private long mostAllocated;

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

  private MutantLooks(FullLook look, GuestMemory memory, Kernel kernel, long limitNanos) {
    this.look = look;
    this.memory = memory;
    this.guest = Anatomy.of(memory, kernel, look);
    this.limitNanos = limitNanos == 0 ? Long.MAX_VALUE : limitNanos;
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
      long limitNanos = Long.parseLong(args[5]) * 1_000_000;
      MutantLooks looks = new MutantLooks(look, core, found.kernel(), limitNanos);
      looks.run(Long.parseLong(args[2]), Integer.parseInt(args[3]), Long.parseLong(args[4]));
      System.exit(looks.report());
    }
  }

  private void run(long first, int count, long seconds) {
    for (int i = 0; i < WARM_UP; i++) {
      look.at(memory);
    }
    long start = System.nanoTime();
    for (long seed = first;
        seed < first + count && System.nanoTime() - start < seconds * 1_000_000_000L;
        seed++) {
      one(seed);
      if (looks % LOOKS_A_LINE == 0) {
        System.out.printf(
            "%d looks in %d s, %d failed; slowest %s%n",
            looks, (System.nanoTime() - start) / 1_000_000_000L, failures.size(), slowest);
      }
    }
  }

  private void one(long seed) {
    looks++;
    try {
      Timing timing = timed(seed);
      for (int i = 1; i < TRIES && timing.wall > limitNanos; i++) {
        System.out.println("over the limit, tried again: " + timing);
        Timing again = timed(seed);
        timing = again.wall < timing.wall ? again : timing;
      }
      if (timing.wall > limitNanos) {
        failures.add("too slow: " + timing);
      }
      slowest = timing.wall > slowest.wall ? timing : slowest;
    } catch (RuntimeException | Error e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      failures.add("seed %d, %s: %s".formatted(seed, Mutation.of(seed), trace));
    }
  }

  private Timing timed(long seed) {
    GuestMemory mutant = Mutation.mutant(seed, guest, memory);
    Optional<Integer> findings;
    long processor = THREADS.getCurrentThreadCpuTime();
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    long wall;
    try (Watchdog watchdog = Watchdog.of("seed " + seed, STUCK_SECONDS)) {
      findings = look.at(mutant);
      wall = System.nanoTime() - start;
    }
    processor = THREADS.getCurrentThreadCpuTime() - processor;
    allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
    allocatedInAll += allocated;
    mostAllocated = Math.max(mostAllocated, allocated);
    peakHeap =
        Math.max(peakHeap, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    unread += findings.isEmpty() ? 1 : 0;
    told += findings.orElse(0) > 0 ? 1 : 0;
    return new Timing(seed, wall, processor);
  }

  private int report() {
    failures.forEach(failure -> System.out.println("FAILED: " + failure));
    System.out.printf(
        "%d looks: %d without a kernel, %d with findings, %d failed; slowest %s; "
            + "%d MiB allocated a look, %d at most; peak heap %d MiB of %d%n",
        looks,
        unread,
        told,
        failures.size(),
        slowest,
        allocatedInAll / Math.max(1, looks) >> 20,
        mostAllocated >> 20,
        peakHeap >> 20,
        Runtime.getRuntime().maxMemory() >> 20);
    return failures.isEmpty() ? 0 : 1;
  }
}
