// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads hostile bytes as deterministic CBOR (RFC 8949, 4.2.1): shortest heads, definite lengths,
 * map keys in the bytewise order of their encodings and none twice. Floating-point numbers are
 * refused: nothing here has any. What is read refers to the bytes, of which it is only ever given
 * copies.
 */
final class CborReader {
  /** Nothing that is read here is nested deeper than a third of it. */
  private static final int MAX_DEPTH = 32;

  private static final int ONE_BYTE = 24;
  private static final int EIGHT_BYTES = 27;
  private static final int FALSE = 20;
  private static final int UNDEFINED = 23;

  private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final byte[] source;
  private int at;

  private CborReader(byte[] source) {
    this.source = source;
  }

  /** The one item that the bytes are. */
  static CborNode read(byte[] source) throws MalformedCborException {
    CborReader reader = new CborReader(source);
    CborNode node = reader.item(0);
    if (reader.at != source.length) {
      throw reader.malformed("has bytes after its end");
    }
    return node;
  }

  private CborNode item(int depth) throws MalformedCborException {
    if (depth > MAX_DEPTH) {
      throw malformed("is nested too deeply");
    }
    int start = at;
    require(1);
    int initial = source[at++] & 0xff;
    int major = initial >> 5;
    long argument = argument(initial & 0x1f);
    int content = at;
    CborNode[] items = content(major, argument, depth);
    return new CborNode(source, start, content, at, major, argument, items);
  }

  private long argument(int info) throws MalformedCborException {
    if (info < ONE_BYTE) {
      return info;
    }
    if (info > EIGHT_BYTES) {
      throw malformed("has a head of indefinite length, or a reserved one");
    }
    int size = 1 << (info - ONE_BYTE);
    require(size);
    long value = 0;
    for (int i = 0; i < size; i++) {
      value = value << 8 | source[at++] & 0xff;
    }
    // What would have fitted into half the bytes should have been there.
    boolean shortest = size == 1 ? value >= ONE_BYTE : value >>> (size * 4) != 0;
    if (!shortest) {
      throw malformed("has a head that is not the shortest");
    }
    return value;
  }

  private CborNode[] content(int major, long argument, int depth) throws MalformedCborException {
    switch (major) {
      case CborNode.UNSIGNED, CborNode.NEGATIVE:
        return CborNode.NONE;
      case CborNode.BYTES:
        skip(argument);
        return CborNode.NONE;
      case CborNode.TEXT:
        requireUtf8(at, skip(argument));
        return CborNode.NONE;
      case CborNode.ARRAY:
        return items(count(argument, 1), depth);
      case CborNode.MAP:
        return inOrder(items(count(argument, 2), depth));
      case CborNode.TAG:
        return items(1, depth);
      default:
        if (argument < FALSE || argument > UNDEFINED) {
          throw malformed("has a floating-point number or an unassigned simple value");
        }
        return CborNode.NONE;
    }
  }

  private CborNode[] items(int count, int depth) throws MalformedCborException {
    CborNode[] items = new CborNode[count];
    for (int i = 0; i < count; i++) {
      items[i] = item(depth + 1);
    }
    return items;
  }

  private CborNode[] inOrder(CborNode[] entries) throws MalformedCborException {
    for (int i = 2; i < entries.length; i += 2) {
      CborNode last = entries[i - 2];
      CborNode next = entries[i];
      if (Arrays.compareUnsigned(source, last.start(), last.end(), source, next.start(), next.end())
          >= 0) {
        throw malformed("has the keys of a map twice or not in order");
      }
    }
    return entries;
  }

  /** How many items follow; each takes a byte at least. */
  private int count(long argument, int each) throws MalformedCborException {
    if (argument < 0 || argument > (source.length - at) / each) {
      throw malformed("ends early");
    }
    return (int) argument * each;
  }

  /** Where what is skipped ends. */
  private int skip(long bytes) throws MalformedCborException {
    if (bytes < 0 || bytes > source.length - at) {
      throw malformed("ends early");
    }
    at += (int) bytes;
    return at;
  }

  private void require(int bytes) throws MalformedCborException {
    if (bytes > source.length - at) {
      throw malformed("ends early");
    }
  }

  private void requireUtf8(int from, int to) throws MalformedCborException {
    if (isAscii(from, to)) {
      return;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(source, from, to - from));
    } catch (CharacterCodingException e) {
      throw malformed("has a text that is not UTF-8");
    }
  }

  /** Eight bytes at once: most of what is read are names. */
  private boolean isAscii(int from, int to) {
    long seen = 0;
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      seen |= (long) EIGHT.get(source, i);
    }
    for (; i < to; i++) {
      seen |= source[i];
    }
    return (seen & NOT_ASCII) == 0;
  }

  private MalformedCborException malformed(String why) {
    return new MalformedCborException(why + " (at byte " + at + ")");
  }
}
