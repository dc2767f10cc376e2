// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.testing.ArrayMemory;
import io.vmattest.introspection.testing.SyntheticKernel;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged memory ends in a result, in bounded time; a seed names each case. */
class HostileGuestTest {
  private static final int CASES = 4000;
  private static final long[] POINTERS = {
    0,
    -1,
    SyntheticKernel.IMAGE,
    SyntheticKernel.DIRECT_MAP,
    Long.MIN_VALUE,
    Long.MAX_VALUE,
    SyntheticKernel.PAGE_TABLES | 3,
    SyntheticKernel.PAGE_TABLES | 0x83,
    0x000f_ffff_ffff_f003L
  };

  @Test
  void anyDamageEndsInAResult() {
    SyntheticKernel guest = new SyntheticKernel(4);
    int found = 0;
    for (int seed = 0; seed < CASES; seed++) {
      ArrayMemory memory = guest.memory().copy();
      damage(memory, new Random(seed));
      String name = "seed " + seed;
      found += assertTimeoutPreemptively(Duration.ofSeconds(20), () -> look(memory, guest), name);
    }
    assertTrue(found > CASES / 20 && found < CASES, found + " of the damaged kernels were found");
  }

  /** 1 if a kernel was found. */
  private static int look(ArrayMemory memory, SyntheticKernel guest) {
    KernelFinder finder = new KernelFinder();
    finder.find(memory, List.of(guest.vcpu()));
    KernelSearch search = finder.find(memory, List.of());
    if (search instanceof Found it) {
      use(it.kernel());
      return 1;
    }
    return 0;
  }

  private static void use(Kernel kernel) {
    for (int i = 0; i < kernel.symbols().size(); i++) {
      Symbol symbol = kernel.symbols().get(i);
      kernel.symbols().named(symbol.name());
      kernel.symbols().at(symbol.address());
    }
    for (int id = 0; id < kernel.types().size(); id++) {
      try {
        kernel.types().size(id);
        kernel.types().target(id);
        kernel.types().member(id, "tasks.prev");
      } catch (MalformedGuestException e) {
        assertTrue(e.address() != 0 || e.reason() != MalformedGuestException.Reason.MISSING);
      }
    }
  }

  private static void damage(ArrayMemory memory, Random random) {
    int kind = random.nextInt(4);
    int times = 1 + random.nextInt(kind == 0 ? 3 : 40);
    for (int i = 0; i < times; i++) {
      long at = target(memory, random);
      switch (kind) {
        case 0 -> {
          byte[] page = new byte[4096];
          random.nextBytes(page);
          memory.put(at & -4096, page);
        }
        case 1 -> memory.put64(at, POINTERS[random.nextInt(POINTERS.length)]);
        case 2 -> memory.put64(at, memory.get64(at) ^ 1L << random.nextInt(64));
        default -> memory.put64(at, memory.get64(target(memory, random)));
      }
    }
  }

  /** Where something is, eight-aligned: most of a megabyte is empty. */
  private static long target(ArrayMemory memory, Random random) {
    long at;
    do {
      at = random.nextInt(memory.size() / 8) * 8L;
    } while (memory.get64(at) == 0);
    return at;
  }
}
