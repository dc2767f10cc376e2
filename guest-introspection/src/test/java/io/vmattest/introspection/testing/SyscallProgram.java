// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Makes a program for x86-64 Linux that does system calls and then pauses for ever. */
public final class SyscallProgram {
  public static final int SOCKET = 41;
  public static final int CONNECT = 42;
  public static final int BIND = 49;
  public static final int LISTEN = 50;
  public static final int SETRESUID = 117;
  public static final int SETRESGID = 119;

  private static final int CLONE = 56;
  private static final int PAUSE = 34;

  /** CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_THREAD, CLONE_SYSVSEM. */
  private static final long THREAD = 0x5_0f00;

  private static final long BASE = 0x40_0000;
  private static final int HEADERS = 64 + 56;
  private static final int DATA = 2048;
  private static final int SIZE = 4096;

  /** MOV with a 64-bit constant to RDI, RSI, RDX, R10, R8, R9. */
  private static final int[] ARGUMENTS = {0xbf48, 0xbe48, 0xba48, 0xba49, 0xb849, 0xb949};

  private static final int RAX = 0xb848;

  private final ByteArrayOutputStream code = new ByteArrayOutputStream();
  private final List<byte[]> data = new ArrayList<>();
  private int dataSize;

  /** Adds bytes; the address that they will have. */
  public long data(byte[] bytes) {
    data.add(bytes);
    dataSize += bytes.length;
    return BASE + DATA + dataSize - bytes.length;
  }

  public SyscallProgram call(int number, long... arguments) {
    load(RAX, number);
    for (int i = 0; i < arguments.length; i++) {
      load(ARGUMENTS[i], arguments[i]);
    }
    code.write(0x0f);
    code.write(0x05);
    return this;
  }

  /** Has a second thread from here on, which does the same; with an unused stack. */
  public SyscallProgram thread() {
    return call(CLONE, THREAD, BASE + SIZE - 64, 0, 0, 0);
  }

  /** An ELF executable. */
  public byte[] elf() {
    int loop = code.size();
    call(PAUSE);
    code.write(0xeb); // JMP, relative to what follows it.
    code.write(loop - code.size() - 1);
    ByteBuffer elf = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
    elf.putShort((short) 2).putShort((short) 62).putInt(1);
    elf.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1).putLong(0);
    elf.position(64);
    elf.putInt(1).putInt(7).putLong(0).putLong(BASE).putLong(BASE);
    elf.putLong(SIZE).putLong(SIZE).putLong(4096);
    elf.put(code.toByteArray());
    elf.position(DATA);
    data.forEach(elf::put);
    return elf.array();
  }

  private void load(int opcode, long value) {
    byte[] bytes = new byte[10];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putShort((short) opcode).putLong(value);
    code.writeBytes(bytes);
  }
}
