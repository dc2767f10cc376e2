// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import io.vmattest.introspection.testing.DamagedMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Damages what the views depend on: whatever comes of it is a view, and soon. */
final class Damage {
  private static final int CASES = 150;
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Kernel kernel;
  private final GuestMemory memory;

  Damage(Kernel kernel) {
    this.kernel = kernel;
    this.memory = kernel.addressSpace().memory();
  }

  void assertEndsInViews() {
    List<Long> words = wordsRead();
    int told = 0;
    long longest = 0;
    int slowest = 0;
    for (int seed = 0; seed < CASES; seed++) {
      Kernel damaged = damaged(words, new Random(seed));
      long began = System.nanoTime();
      told += assertTimeoutPreemptively(SOON, () -> findings(damaged), "seed " + seed) > 0 ? 1 : 0;
      if (System.nanoTime() - began > longest) {
        longest = System.nanoTime() - began;
        slowest = seed;
      }
    }
    System.out.printf(
        "  %d of %d damaged guests gave findings; at most %.0f ms (seed %d)%n",
        told, CASES, longest / 1e6, slowest);
    assertTrue(told > CASES / 4, told + " of " + CASES);
  }

  private static int findings(Kernel kernel) {
    return TaskView.read(kernel).findings().size()
        + ModuleView.read(kernel).findings().size()
        + SocketView.read(kernel).findings().size()
        + MountView.read(kernel).findings().size();
  }

  /** Zeros, bits, and words of elsewhere: these make loops, and one kind of struct of another. */
  private Kernel damaged(List<Long> words, Random random) {
    Map<Long, Long> changes = new HashMap<>();
    int count = 1 << random.nextInt(7);
    int kind = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      long at = words.get(random.nextInt(words.size()));
      long other = words.get(random.nextInt(words.size()));
      changes.put(
          at,
          switch (kind) {
            case 0 -> 0L;
            case 1 -> word(at) ^ 1L << random.nextInt(64);
            case 2 -> word(other);
            default -> random.nextLong() >> random.nextInt(64);
          });
    }
    return over(new DamagedMemory(memory, changes));
  }

  private Kernel over(GuestMemory other) {
    return new Kernel(
        kernel.info(),
        kernel.addressSpace().through(other),
        kernel.symbols(),
        kernel.types(),
        kernel.vcpus());
  }

  private long word(long physical) {
    ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    memory.read(physical, word);
    return word.getLong(0);
  }

  /** The words that are not 0 of the pages that all views read; records of pages, mostly. */
  private List<Long> wordsRead() {
    Set<Long> pages = new LinkedHashSet<>();
    GuestMemory recorded =
        new GuestMemory() {
          @Override
          public int read(long address, ByteBuffer target) {
            // Pages of records are read straight, others through the cache by pages of its own.
            if (target.isDirect()) {
              pages.add(address & -4096);
            }
            return memory.read(address, target);
          }

          @Override
          public List<PhysicalRange> ranges() {
            return memory.ranges();
          }
        };
    assertTrue(findings(over(recorded)) == 0);
    List<Long> words = new ArrayList<>();
    for (long page : pages) {
      for (long at = page; at < page + 4096; at += 8) {
        if (word(at) != 0) {
          words.add(at);
        }
      }
    }
    return words;
  }
}
