// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** An initramfs (cpio, newc) whose init says that it runs, and sleeps for ever. */
final class TinyInitramfs {
  static final String SAYS = "guest: up";
  private static final int HEADERS = 64 + 56;
  private static final int BASE = 0x400000;

  private TinyInitramfs() {}

  static byte[] bytes() {
    ByteArrayOutputStream cpio = new ByteArrayOutputStream();
    entry(cpio, "init", 0100755, init());
    entry(cpio, "TRAILER!!!", 0, new byte[0]);
    return cpio.toByteArray();
  }

  private static void entry(ByteArrayOutputStream cpio, String name, int mode, byte[] content) {
    int[] fields = {1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length() + 1, 0};
    StringBuilder header = new StringBuilder("070701");
    for (int field : fields) {
      header.append(String.format("%08x", field));
    }
    cpio.writeBytes(
        header.append(name).append('\0').toString().getBytes(StandardCharsets.US_ASCII));
    pad(cpio);
    cpio.writeBytes(content);
    pad(cpio);
  }

  private static void pad(ByteArrayOutputStream cpio) {
    while (cpio.size() % 4 != 0) {
      cpio.write(0);
    }
  }

  /** write(1, SAYS + newline, its length); for (;;) pause(); */
  private static byte[] init() {
    byte[] text = (SAYS + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer code = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    code.put(bytes(0xb8)).putInt(1).put(bytes(0xbf)).putInt(1); // eax = write, edi = 1
    int pointer = code.position() + 1;
    code.put(bytes(0xbe)).putInt(0).put(bytes(0xba)).putInt(text.length); // esi, edx
    code.put(bytes(0x0f, 0x05)); // syscall
    code.put(bytes(0xb8)).putInt(34).put(bytes(0x0f, 0x05, 0xeb, 0xf7)); // pause, and again
    code.putInt(pointer, BASE + HEADERS + code.position());
    code.put(text);
    int size = HEADERS + code.position();
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
    elf.putShort((short) 2).putShort((short) 62).putInt(1).putLong(BASE + HEADERS);
    elf.putLong(64).putLong(0).putInt(0).putShort((short) 64);
    elf.putShort((short) 56).putShort((short) 1).putShort((short) 0).putInt(0);
    elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
    elf.putLong(size).putLong(size).putLong(4096);
    return elf.put(code.array(), 0, code.position()).array();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
