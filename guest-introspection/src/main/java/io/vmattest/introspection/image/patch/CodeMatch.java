// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import static io.vmattest.introspection.image.patch.Instructions.JMP;
import static io.vmattest.introspection.image.patch.Instructions.JMP_SHORT;
import static io.vmattest.introspection.image.patch.Instructions.s32;
import static io.vmattest.introspection.image.patch.Instructions.u8;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Whether live code is code of the image, moved from its place as a kernel moves it: nops may be
 * other nops, a displacement differs by exactly the way moved, a jump may be a short one, and sites
 * within the code hold what they may.
 */
final class CodeMatch {
  private static final int SHORT_SIZE = 2;

  private final byte[] live;
  private final long address;
  private final byte[] expected;
  private final long origin;
  private final LoadedKernel kernel;
  private final boolean[] failed;

  /**
   * @param address where the live bytes stand
   * @param expected as many bytes
   * @param origin where those stood
   */
  CodeMatch(byte[] live, long address, byte[] expected, long origin, LoadedKernel kernel) {
    this.live = live;
    this.address = address;
    this.expected = expected;
    this.origin = origin;
    this.kernel = kernel;
    this.failed = new boolean[live.length];
  }

  /** Code of the image that a kernel puts into a site that may be longer; nops fill the rest. */
  static boolean replaced(byte[] live, long address, long origin, int length, LoadedKernel kernel)
      throws MalformedImageException {
    byte[] expected = Arrays.copyOf(kernel.original(origin, length), live.length);
    Arrays.fill(expected, Math.min(length, live.length), live.length, (byte) Instructions.NOP);
    return length <= live.length && new CodeMatch(live, address, expected, origin, kernel).from(0);
  }

  /** Code of the image that stands where it stood. */
  static boolean original(byte[] live, long address, LoadedKernel kernel)
      throws MalformedImageException {
    return replaced(live, address, address, live.length, kernel);
  }

  private boolean from(int at) throws MalformedImageException {
    if (at == live.length) {
      return true;
    }
    if (failed[at]) {
      return false;
    }
    boolean matches = site(at) || nops(at) || displaced(at) || shortened(at) || equal(at);
    failed[at] = !matches;
    return matches;
  }

  private boolean equal(int at) throws MalformedImageException {
    return live[at] == expected[at] && from(at + 1);
  }

  private boolean nops(int at) throws MalformedImageException {
    int length = Nops.run(expected, at);
    return length > 0 && Nops.fill(live, at, at + length) && from(at + length);
  }

  private boolean displaced(int at) throws MalformedImageException {
    return origin != address
        && at <= live.length - 4
        && s32(live, at) == s32(expected, at) + (int) (origin - address)
        && from(at + 4);
  }

  private boolean shortened(int at) throws MalformedImageException {
    OptionalLong target = Instructions.target(expected, at, JMP, origin);
    int end = at + Instructions.BRANCH_SIZE;
    return target.isPresent()
        && u8(live, at) == JMP_SHORT
        && address + at + SHORT_SIZE + live[at + 1] == target.getAsLong()
        && Nops.padding(Arrays.copyOf(live, end), at + SHORT_SIZE)
        && from(end);
  }

  private boolean site(int at) throws MalformedImageException {
    Optional<PatchSite> found = kernel.nested(origin + at);
    if (found.isEmpty() || found.get().length() > live.length - at) {
      return false;
    }
    PatchSite site = found.get();
    if (origin == address && site instanceof ParavirtSite) {
      return false; // It would compare itself with the original, and so ask here again.
    }
    byte[] code = Arrays.copyOfRange(live, at, at + site.length());
    return (site.allows(code, kernel) || site.allows(movedBack(code), kernel))
        && from(at + site.length());
  }

  /** A branch as it was before the code was moved. */
  private byte[] movedBack(byte[] code) {
    int opcode = u8(code, 0) == Instructions.CS_PREFIX ? 1 : 0;
    if (code.length < opcode + Instructions.BRANCH_SIZE) {
      return code;
    }
    int field = s32(code, opcode + 1) - (int) (origin - address);
    byte[] back = code.clone();
    for (int i = 0; i < 4; i++) {
      back[opcode + 1 + i] = (byte) (field >>> 8 * i);
    }
    return back;
  }
}
