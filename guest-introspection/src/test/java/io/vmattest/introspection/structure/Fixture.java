// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.vmattest.introspection.kernel.KernelFinder;
import io.vmattest.introspection.kernel.KernelSearch.Found;
import io.vmattest.introspection.testing.BtfWriter;
import io.vmattest.introspection.testing.SyntheticKernel;
import java.util.List;

/**
 * A kernel with containers that a test links.
 *
 * <pre>
 * struct item {
 *   int number;                            // at 0
 *   unsigned int low : 3, middle : 15;     // at 4
 *   struct list_head link;                 // at 8
 *   struct rb_node node;                   // at 24
 *   char name[8];                          // at 40
 *   struct item *other;                    // at 48
 *   struct list_head links[2];             // at 56
 * };
 * </pre>
 */
final class Fixture {
  /** Virtual address of 256 KiB for a test. */
  static final long FREE = SyntheticKernel.DIRECT_MAP + SyntheticKernel.FREE;

  static final long FREE_SIZE = SyntheticKernel.SIZE - SyntheticKernel.FREE;

  private final SyntheticKernel guest = new SyntheticKernel(4, types());

  void put64(long virtual, long value) {
    guest.memory().put64(virtual - SyntheticKernel.DIRECT_MAP, value);
  }

  void put(long virtual, byte[] value) {
    guest.memory().put(virtual - SyntheticKernel.DIRECT_MAP, value);
  }

  /** Of the memory as it is from now on. */
  Structures structures() {
    var search = new KernelFinder().find(guest.memory(), List.of(guest.vcpu()));
    return Structures.of(assertInstanceOf(Found.class, search).kernel());
  }

  private static byte[] types() {
    BtfWriter btf = new BtfWriter();
    int word = btf.type("int", BtfWriter.INT, false, 0, 4, 0x0100_0020);
    int wide = btf.type("long", BtfWriter.INT, false, 0, 8, 0x40);
    int octet = btf.type("u8", BtfWriter.INT, false, 0, 1, 8);
    int letter = btf.type("char", BtfWriter.INT, false, 0, 1, 8);
    int pointer = btf.type("", BtfWriter.PTR, false, 0, 0);
    int name = btf.type("", BtfWriter.ARRAY, false, 0, 0, letter, word, 8);
    int slots = btf.type("", BtfWriter.ARRAY, false, 0, 0, pointer, word, 64);
    int list = struct(btf, "list_head", 16, "next", pointer, 0, "prev", pointer, 8);
    int links = btf.type("", BtfWriter.ARRAY, false, 0, 0, list, word, 2);
    int node = struct(btf, "rb_node", 16, "rb_left", pointer, 0, "rb_right", pointer, 8);
    struct(btf, "rb_root", 8, "rb_node", pointer, 0);
    struct(btf, "xarray", 16, "lock", wide, 0, "xa_head", pointer, 8);
    struct(btf, "xa_node", 520, "shift", octet, 0, "slots", slots, 8);
    btf.type(
        "item",
        BtfWriter.STRUCT,
        true,
        8,
        88,
        btf.name("number"),
        word,
        0,
        btf.name("low"),
        word,
        3 << 24 | 32,
        btf.name("middle"),
        word,
        15 << 24 | 35,
        btf.name("link"),
        list,
        64,
        btf.name("node"),
        node,
        192,
        btf.name("name"),
        name,
        320,
        btf.name("other"),
        pointer,
        384,
        btf.name("links"),
        links,
        448);
    return btf.blob();
  }

  /** Members as name, type, offset in bytes. */
  private static int struct(BtfWriter btf, String name, int size, Object... members) {
    int[] words = new int[members.length];
    for (int i = 0; i < members.length; i += 3) {
      words[i] = btf.name((String) members[i]);
      words[i + 1] = (Integer) members[i + 1];
      words[i + 2] = 8 * (Integer) members[i + 2];
    }
    return btf.type(name, BtfWriter.STRUCT, false, members.length / 3, size, words);
  }
}
