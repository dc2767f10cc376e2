// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import static io.vmattest.introspection.image.patch.Instructions.u8;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * A branch to an indirect thunk (.retpoline_sites): it stays, goes to another thunk of the same
 * register, or is the indirect branch itself, after an lfence perhaps.
 */
public record RetpolineSite(long address, int length) implements PatchSite {
  /** By their numbers in instructions. */
  private static final List<String> REGISTERS =
      List.of(
          "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15");

  private static final List<String> THUNKS =
      List.of(
          "__x86_indirect_thunk_",
          "__x86_indirect_its_thunk_",
          "__x86_indirect_call_thunk_",
          "__x86_indirect_jump_thunk_");

  private static final int REX_B = 0x41;
  private static final int INDIRECT = 0xff;

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    byte[] original = kernel.original(address, length);
    if (Arrays.equals(live, original)) {
      return true;
    }
    boolean conditional = Instructions.isConditional(u8(original, 0), u8(original, 1));
    boolean call = original[opcode(original)] == (byte) Instructions.CALL;
    OptionalLong thunk =
        conditional
            ? Instructions.conditionalTarget(original, address)
            : branch(original, call, opcode(original));
    int register = thunk.isPresent() ? register(thunk.getAsLong(), kernel) : -1;
    if (register < 0) {
      return false;
    }
    if (!conditional) {
      return isIndirect(live, 0, call, register) || isThunk(live, 0, call, register, kernel);
    }
    // The opposite condition jumps over what follows.
    boolean skips = u8(live, 0) == (0x70 | (u8(original, 1) & 0xf ^ 1)) && live[1] == length - 2;
    return skips
        && (isIndirect(live, 2, false, register) || isThunk(live, 2, false, register, kernel));
  }

  private static int opcode(byte[] code) {
    return u8(code, 0) == Instructions.CS_PREFIX ? 1 : 0;
  }

  private OptionalLong branch(byte[] code, boolean call, int at) {
    return Instructions.target(code, at, call ? Instructions.CALL : Instructions.JMP, address);
  }

  private static int register(long thunk, LoadedKernel kernel) {
    for (int i = 0; i < REGISTERS.size(); i++) {
      if (kernel.isSymbol(THUNKS.get(0) + REGISTERS.get(i), thunk)) {
        return i;
      }
    }
    return -1;
  }

  private boolean isIndirect(byte[] live, int from, boolean call, int register) {
    int at = Instructions.isLfence(live, from) ? from + 3 : from;
    if (register >= 8) {
      if (at >= live.length || u8(live, at) != REX_B) {
        return false;
      }
      at++;
    }
    int operand = (call ? 0xd0 : 0xe0) | (register & 7);
    return at <= live.length - 2
        && u8(live, at) == INDIRECT
        && u8(live, at + 1) == operand
        && Nops.padding(live, at + 2);
  }

  private boolean isThunk(byte[] live, int from, boolean call, int register, LoadedKernel kernel) {
    int at = u8(live, from) == Instructions.CS_PREFIX ? from + 1 : from;
    OptionalLong target = branch(live, call, at);
    return target.isPresent()
        && Nops.padding(live, at + Instructions.BRANCH_SIZE)
        && THUNKS.stream()
            .anyMatch(
                thunk -> kernel.isSymbol(thunk + REGISTERS.get(register), target.getAsLong()));
  }
}
