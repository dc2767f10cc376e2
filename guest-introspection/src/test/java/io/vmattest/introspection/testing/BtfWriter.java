// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes BTF, type by type; the first has number 1. */
public final class BtfWriter {
  public static final int INT = 1;
  public static final int PTR = 2;
  public static final int ARRAY = 3;
  public static final int STRUCT = 4;
  public static final int UNION = 5;
  public static final int TYPEDEF = 8;
  public static final int CONST = 10;

  private final ByteArrayOutputStream types = new ByteArrayOutputStream();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private int count;

  public BtfWriter() {
    strings.write(0);
  }

  /**
   * Adds a type.
   *
   * @param words what follows the 12 bytes
   * @return the number of the type
   */
  public int type(String name, int kind, boolean flag, int vlen, int sizeOrType, int... words) {
    word(name(name));
    word((flag ? 1 << 31 : 0) | kind << 24 | vlen);
    word(sizeOrType);
    for (int word : words) {
      word(word);
    }
    return ++count;
  }

  /** The offset of a name; the empty one has 0. */
  public int name(String name) {
    if (name.isEmpty()) {
      return 0;
    }
    int at = strings.size();
    strings.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    strings.write(0);
    return at;
  }

  public byte[] blob() {
    ByteBuffer blob =
        ByteBuffer.allocate(24 + types.size() + strings.size()).order(ByteOrder.LITTLE_ENDIAN);
    blob.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
    blob.putInt(0).putInt(types.size()).putInt(types.size()).putInt(strings.size());
    return blob.put(types.toByteArray()).put(strings.toByteArray()).array();
  }

  /**
   *
   *
   * <pre>
   * struct task_struct {
   *   int state;
   *   union { long word; struct { int low; int high : 3; }; };   // at 8; low at 16
   *   const char_t comm[16];                                      // at 32
   *   struct list_head tasks;                                     // at 48
   * };
   * </pre>
   */
  public static byte[] sample() {
    BtfWriter btf = new BtfWriter();
    int intId = btf.type("int", INT, false, 0, 4, 0x0100_0020);
    int charId = btf.type("char", INT, false, 0, 1, 0x0100_0008);
    int alias = btf.type("char_t", TYPEDEF, false, 0, charId);
    int constant = btf.type("", CONST, false, 0, alias);
    int comm = btf.type("", ARRAY, false, 0, 0, constant, intId, 16);
    int inner =
        btf.type(
            "",
            STRUCT,
            true,
            2,
            16,
            btf.name("low"),
            intId,
            64,
            btf.name("high"),
            intId,
            3 << 24 | 96);
    int union = btf.type("", UNION, false, 2, 16, btf.name("word"), intId, 0, 0, inner, 0);
    int head =
        btf.type(
            "list_head", STRUCT, false, 2, 16, btf.name("next"), 9, 0, btf.name("prev"), 9, 64);
    btf.type("", PTR, false, 0, head);
    btf.type(
        "task_struct",
        STRUCT,
        false,
        4,
        64,
        btf.name("state"),
        intId,
        0,
        0,
        union,
        64,
        btf.name("comm"),
        comm,
        256,
        btf.name("tasks"),
        head,
        384);
    return btf.blob();
  }

  private void word(int value) {
    types.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }
}
