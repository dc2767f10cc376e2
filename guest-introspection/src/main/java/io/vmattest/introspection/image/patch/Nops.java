// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import static io.vmattest.introspection.image.patch.Instructions.INT3;
import static io.vmattest.introspection.image.patch.Instructions.JMP;
import static io.vmattest.introspection.image.patch.Instructions.JMP_SHORT;
import static io.vmattest.introspection.image.patch.Instructions.bytes;
import static io.vmattest.introspection.image.patch.Instructions.isAt;
import static io.vmattest.introspection.image.patch.Instructions.s32;
import static io.vmattest.introspection.image.patch.Instructions.u8;

/** Instructions that do nothing, of which a kernel makes fewer and longer ones. */
final class Nops {
  /** The nops of x86-64 by their length (arch/x86/include/asm/nops.h). */
  private static final byte[][] ALL = {
    bytes(0x90),
    bytes(0x66, 0x90),
    bytes(0x0f, 0x1f, 0x00),
    bytes(0x0f, 0x1f, 0x40, 0x00),
    bytes(0x0f, 0x1f, 0x44, 0x00, 0x00),
    bytes(0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00),
    bytes(0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00),
    bytes(0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00),
    bytes(0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00),
    bytes(0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00),
    bytes(0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00),
    bytes(0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00),
  };

  private Nops() {}

  /** The length of the nop that stands there, or 0. */
  private static int one(byte[] code, int at) {
    for (int i = ALL.length - 1; i >= 0; i--) {
      if (isAt(code, at, ALL[i])) {
        return ALL[i].length;
      }
    }
    return 0;
  }

  /** How many bytes of nops stand there. */
  static int run(byte[] code, int at) {
    int length = 0;
    while (at + length < code.length) {
      int nop = one(code, at + length);
      if (nop == 0) {
        break;
      }
      length += nop;
    }
    return length;
  }

  /** Whether exactly these bytes do nothing: nops, or a jump over int3 to their end. */
  static boolean fill(byte[] code, int from, int to) {
    int at = from;
    while (at < to) {
      int nop = one(code, at);
      if (nop == 0) {
        return skip(code, at, to);
      }
      at += nop;
    }
    return at == to;
  }

  static boolean only(byte[] code) {
    return fill(code, 0, code.length);
  }

  /** Whether nothing that is reached after a jump follows: nops or int3. */
  static boolean padding(byte[] code, int from) {
    int at = from;
    while (at < code.length && u8(code, at) == INT3) {
      at++;
    }
    return fill(code, at, code.length);
  }

  private static boolean skip(byte[] code, int at, int to) {
    int start;
    if (to - at > 2 && u8(code, at) == JMP_SHORT && code[at + 1] == to - at - 2) {
      start = at + 2;
    } else if (to - at > 5 && u8(code, at) == JMP && s32(code, at + 1) == to - at - 5) {
      start = at + 5;
    } else {
      return false;
    }
    for (int i = start; i < to; i++) {
      if (u8(code, i) != INT3) {
        return false;
      }
    }
    return true;
  }
}
