// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes ELF files: a header, one loaded segment, sections in it, and their names. */
public final class TestElf {
  public static final int CONTENT = 0x1000;
  private static final int HEADER = 64;
  private static final int SECTION = 64;

  private final byte[] content;
  private final long address;
  private final List<long[]> sections = new ArrayList<>();
  private final ByteArrayOutputStream names = new ByteArrayOutputStream();

  /**
   * @param content what is loaded
   * @param address at which virtual address; the physical one is its low 31 bits
   */
  public TestElf(byte[] content, long address) {
    this.content = content;
    this.address = address;
    names.write(0);
    sections.add(new long[7]);
  }

  /**
   * Names a part of what is loaded.
   *
   * @param offset in the content
   */
  public TestElf section(String name, int type, long flags, long offset, long size, int link) {
    sections.add(
        new long[] {name(name), type, flags, address + offset, CONTENT + offset, size, link});
    return this;
  }

  private long name(String name) {
    int at = names.size();
    names.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    names.write(0);
    return at;
  }

  public byte[] bytes() {
    long nameOfNames = name(".shstrtab");
    int namesAt = CONTENT + content.length;
    int headersAt = (namesAt + names.size() + 7) & -8;
    sections.add(new long[] {nameOfNames, 3, 0, 0, namesAt, names.size(), 0});
    ByteBuffer file =
        ByteBuffer.allocate(headersAt + sections.size() * SECTION).order(ByteOrder.LITTLE_ENDIAN);
    header(file, headersAt);
    segment(file);
    file.position(CONTENT);
    file.put(content).put(names.toByteArray()).position(headersAt);
    for (long[] section : sections) {
      header(file, section);
    }
    return file.array();
  }

  private void header(ByteBuffer file, long headersAt) {
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
    file.putShort((short) 2).putShort((short) 62).putInt(1).putLong(0);
    file.putLong(HEADER).putLong(headersAt).putInt(0).putShort((short) HEADER);
    file.putShort((short) 56).putShort((short) 1).putShort((short) SECTION);
    file.putShort((short) sections.size()).putShort((short) (sections.size() - 1));
  }

  private void segment(ByteBuffer file) {
    file.putInt(1).putInt(5).putLong(CONTENT).putLong(address).putLong(address & 0x7fffffff);
    file.putLong(content.length).putLong(content.length).putLong(4096);
  }

  private static void header(ByteBuffer file, long[] section) {
    file.putInt((int) section[0]).putInt((int) section[1]).putLong(section[2]);
    file.putLong(section[3]).putLong(section[4]).putLong(section[5]).putInt((int) section[6]);
    file.putInt(0).putLong(1).putLong(0);
  }
}
