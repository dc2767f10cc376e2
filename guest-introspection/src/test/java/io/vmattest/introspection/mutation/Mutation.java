// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

import io.vmattest.introspection.memory.GuestMemory;
import java.util.Arrays;
import java.util.Random;

/** Ways to damage a guest's memory; a seed says all of one. */
enum Mutation {
  PAGES_OF_NOISE {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      random.nextBytes(memory.page(pages(guest, random).any(random)));
    }
  },
  PAGES_OF_ELSEWHERE {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      byte[] page = memory.page(pages(guest, random).any(random));
      switch (random.nextInt(3)) {
        case 0 -> Arrays.fill(page, (byte) 0);
        case 1 -> Arrays.fill(page, (byte) -1);
        default -> {
          byte[] other = memory.page(pages(guest, random).any(random));
          System.arraycopy(other, 0, page, 0, page.length);
        }
      }
    }
  },
  LISTS_INTO_THEMSELVES {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      // What the next one points back to is this one's own virtual address.
      long at = guest.lists().any(random);
      long other = guest.lists().any(random);
      memory.put64(at, memory.get64(at + 8));
      memory.put64(other, memory.get64(at));
    }
  },
  LISTS_INTO_EACH_OTHER {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      long value = memory.get64(guest.lists().any(random));
      for (int i = 1 << random.nextInt(6); i > 0; i--) {
        memory.put64(guest.lists().any(random), value);
      }
    }
  },
  POINTERS_SWAPPED {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      memory.put64(guest.pointers().any(random), memory.get64(guest.pointers().any(random)));
    }
  },
  ONE_POINTER_EVERYWHERE {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      long value = memory.get64(guest.pointers().any(random));
      long page = guest.structures().any(random);
      for (int i = random.nextInt(512); i < 512; i++) {
        memory.put64(page + i * 8L, value);
      }
    }
  },
  TREES_THAT_LOOP {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      long entry = memory.get64(guest.nodes().any(random));
      long at = guest.nodes().any(random);
      int slots = 1 << random.nextInt(7);
      for (int i = 0; i < slots && (at & 4095) + i * 8 < OverlayMemory.PAGE; i++) {
        memory.put64(at + i * 8L, entry);
      }
    }
  },
  PAGE_TABLES_THAT_LOOP {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      long at = guest.tables().any(random);
      long flags = memory.get64(at) & 4095;
      long target = (random.nextBoolean() ? guest.tables() : guest.structures()).any(random);
      memory.put64(at, (random.nextInt(3) == 0 ? at : target) & -4096 | flags);
    }
  },
  HUGE_COUNTS {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      long[] huge = {
        -1, Long.MAX_VALUE, Integer.MAX_VALUE, 0xffff_ffffL, 0xffff_ffffL << 32, 1L << 40
      };
      memory.put64(guest.counts().any(random), huge[random.nextInt(huge.length)]);
    }
  },
  BITS {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      long at = pages(guest, random).any(random) + random.nextInt(512) * 8L;
      memory.put64(at, memory.get64(at) ^ 1L << random.nextInt(64));
    }
  },
  /** Copies that lie before the true one, each with a digit that differs. */
  KERNELS_FORGED {
    @Override
    void once(Anatomy guest, OverlayMemory memory, Random random) {
      byte[] original = memory.page(guest.info());
      int from = (int) (guest.info() & 4095);
      byte[] forged = memory.page((1 + random.nextInt(4095)) * 4096L);
      System.arraycopy(original, from, forged, 0, original.length - from);
      for (int i = 0; i < 1000; i++) {
        int at = random.nextInt(original.length - from);
        if (Character.digit(forged[at], 16) >= 0 && forged[at] < 'g') {
          forged[at] = (byte) Character.forDigit(random.nextInt(16), 16);
          return;
        }
      }
    }
  };

  private static final int MOST_DOUBLINGS = 9;

  abstract void once(Anatomy guest, OverlayMemory memory, Random random);

  static Mutation of(long seed) {
    return values()[(int) (seed % values().length)];
  }

  /** The memory of the guest with that seed; from one damage to some hundred of a kind. */
  static GuestMemory mutant(long seed, Anatomy guest, GuestMemory memory) {
    Random random = new Random(seed);
    OverlayMemory overlay = new OverlayMemory(memory);
    for (int i = 1 << random.nextInt(MOST_DOUBLINGS); i > 0; i--) {
      of(seed).once(guest, overlay, random);
    }
    return overlay;
  }

  private static Addresses pages(Anatomy guest, Random random) {
    return random.nextBoolean() ? guest.structures() : guest.pages();
  }
}
