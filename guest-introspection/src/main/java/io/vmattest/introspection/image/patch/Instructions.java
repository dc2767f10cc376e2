// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalLong;

/** The few x86-64 instructions that a kernel patches in. */
final class Instructions {
  static final int CALL = 0xe8;
  static final int JMP = 0xe9;
  static final int JMP_SHORT = 0xeb;
  static final int INT3 = 0xcc;
  static final int NOP = 0x90;
  static final int CS_PREFIX = 0x2e;
  static final int LOCK_PREFIX = 0xf0;
  static final int DS_PREFIX = 0x3e;
  static final int BRANCH_SIZE = 5;

  private static final byte[] ENDBR = bytes(0xf3, 0x0f, 0x1e, 0xfa);
  private static final byte[] SEALED_ENDBR = bytes(0x66, 0x0f, 0x1f, 0x00);
  private static final byte[] RETURN = bytes(0xc3, INT3, INT3, INT3, INT3);
  private static final byte[] ZERO_RESULT = bytes(0x2e, 0x2e, 0x2e, 0x31, 0xc0);
  private static final byte[] LFENCE = bytes(0x0f, 0xae, 0xe8);
  private static final VarHandle U32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Instructions() {}

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  static int u8(byte[] code, int at) {
    return Byte.toUnsignedInt(code[at]);
  }

  static int s32(byte[] code, int at) {
    return (int) U32.get(code, at);
  }

  static boolean isAt(byte[] code, int at, byte[] instruction) {
    return at >= 0
        && at <= code.length - instruction.length
        && Arrays.equals(code, at, at + instruction.length, instruction, 0, instruction.length);
  }

  static boolean isEndbr(byte[] code) {
    return isAt(code, 0, ENDBR);
  }

  /** The nop that a kernel puts in the place of ENDBR64, so that nothing jumps there any more. */
  static boolean isSealedEndbr(byte[] code) {
    return isAt(code, 0, SEALED_ENDBR);
  }

  /** ret, and int3 against straight-line speculation. */
  static boolean isReturn(byte[] code) {
    return isAt(code, 0, RETURN);
  }

  /** xor %eax, %eax of five bytes. */
  static boolean isZeroResult(byte[] code) {
    return isAt(code, 0, ZERO_RESULT);
  }

  static boolean isLfence(byte[] code, int at) {
    return isAt(code, at, LFENCE);
  }

  /** Where a branch of five bytes goes. */
  static OptionalLong target(byte[] code, int at, int opcode, long address) {
    if (at > code.length - BRANCH_SIZE || u8(code, at) != opcode) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(address + at + BRANCH_SIZE + s32(code, at + 1));
  }

  /** Where a conditional branch of six bytes goes. */
  static OptionalLong conditionalTarget(byte[] code, long address) {
    if (code.length != 6 || !isConditional(u8(code, 0), u8(code, 1))) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(address + 6 + s32(code, 2));
  }

  static boolean isConditional(int first, int second) {
    return first == 0x0f && (second & 0xf0) == 0x80;
  }

  /** Where the pointer lies that an indirect call goes by; empty for other instructions. */
  static OptionalLong pointer(byte[] code, long address) {
    if (code.length >= 6 && u8(code, 0) == 0xff && u8(code, 1) == 0x15) {
      return OptionalLong.of(address + 6 + s32(code, 2));
    }
    return isAbsolute(code) ? OptionalLong.of(s32(code, 3)) : OptionalLong.empty();
  }

  /** Whether it is an indirect call by a pointer at an absolute address. */
  static boolean isAbsolute(byte[] code) {
    return code.length >= 7 && u8(code, 0) == 0xff && u8(code, 1) == 0x14 && u8(code, 2) == 0x25;
  }
}
