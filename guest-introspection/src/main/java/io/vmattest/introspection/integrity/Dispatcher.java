// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/** The branches by which a function goes to others: how newer kernels dispatch system calls. */
final class Dispatcher {
  static final List<String> NAMES = List.of("x64_sys_call", "x32_sys_call", "ia32_sys_call");

  private static final int CALL = 0xe8;
  private static final int JMP = 0xe9;
  private static final VarHandle S32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Dispatcher() {}

  /**
   * A branch of 32 bits.
   *
   * @param address of the branch, its opcode's last byte
   */
  record Branch(long address, long target) {}

  /**
   * All that lead to targets of a kind. Instructions are not decoded: that other bytes look like a
   * branch to the start of such a function does not happen by chance.
   *
   * @param address of the first byte of the code
   */
  static List<Branch> branches(byte[] code, long address, LongPredicate isTarget) {
    List<Branch> found = new ArrayList<>();
    for (int at = 0; at <= code.length - 5; at++) {
      int opcode = Byte.toUnsignedInt(code[at]);
      boolean conditional = at > 0 && code[at - 1] == 0x0f && (opcode & 0xf0) == 0x80;
      if (opcode == CALL || opcode == JMP || conditional) {
        long target = address + at + 5 + (int) S32.get(code, at + 1);
        if (isTarget.test(target)) {
          found.add(new Branch(address + at, target));
        }
      }
    }
    return found;
  }
}
