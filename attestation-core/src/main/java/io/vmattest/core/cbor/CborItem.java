// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A decoded data item of which nothing is believed yet, not even its type. */
public final class CborItem {
  /** The last second of the year 9999. */
  private static final long MAX_SECONDS = 253_402_300_799L;

  private static final int FALSE = 20;
  private static final int TRUE = 21;
  private static final int NULL = 22;

  private final CborNode node;
  private final @Nullable CborItem parent;

  /** From the parent to here, as it stands in a path: a path is only put together for a message. */
  private final String before;

  private final Object step;
  private final String after;

  private CborItem(
      CborNode node, @Nullable CborItem parent, String before, Object step, String after) {
    this.node = node;
    this.parent = parent;
    this.before = before;
    this.step = step;
    this.after = after;
  }

  static CborItem root(CborNode node, String name) {
    return new CborItem(node, null, "", name, "");
  }

  /** The value of a map's entry. */
  CborItem entry(CborNode value, Object key) {
    return new CborItem(value, this, "/", key, "");
  }

  CborItem key(CborNode key) {
    return new CborItem(key, this, "", "", " key");
  }

  CborNode node() {
    return node;
  }

  /** Names it in the messages of exceptions. */
  public String path() {
    return (parent == null ? "" : parent.path()) + before + step + after;
  }

  /** Whether it is null. */
  public boolean isNil() {
    return node.major() == CborNode.SIMPLE && node.argument() == NULL;
  }

  /** Itself as it was encoded. */
  public byte[] encoded() {
    return Arrays.copyOfRange(node.source(), node.start(), node.end());
  }

  /** An unsigned integer that fits into 63 bits. */
  public long uint() throws MalformedCborException {
    long number = integer();
    if (number < 0) {
      throw malformed("is negative");
    }
    return number;
  }

  public long integer() throws MalformedCborException {
    require(node.isInteger(), "an integer");
    if (!node.fits()) {
      throw malformed("is out of range");
    }
    return node.integer();
  }

  /** Seconds since 1970, up to the year 9999: beyond it, no text form is agreed on. */
  public Instant epochSecond() throws MalformedCborException {
    return Instant.ofEpochSecond(requireUpTo(uint(), MAX_SECONDS));
  }

  /** Milliseconds since 1970, up to the year 9999. */
  public Instant epochMilli() throws MalformedCborException {
    return Instant.ofEpochMilli(requireUpTo(uint(), MAX_SECONDS * 1000 + 999));
  }

  private long requireUpTo(long time, long last) throws MalformedCborException {
    if (time > last) {
      throw malformed("is after the year 9999");
    }
    return time;
  }

  public boolean bool() throws MalformedCborException {
    boolean is =
        node.major() == CborNode.SIMPLE && (node.argument() == FALSE || node.argument() == TRUE);
    require(is, "a boolean");
    return node.argument() == TRUE;
  }

  /**
   * @param min bytes at least
   * @param max bytes at most
   */
  public byte[] bytes(int min, int max) throws MalformedCborException {
    require(node.major() == CborNode.BYTES, "a byte string");
    requireSize(node.end() - node.content(), min, max, "bytes");
    return Arrays.copyOfRange(node.source(), node.content(), node.end());
  }

  /**
   * @param min bytes of UTF-8 at least
   * @param max bytes of UTF-8 at most
   */
  public String text(int min, int max) throws MalformedCborException {
    require(node.major() == CborNode.TEXT, "a text string");
    int size = node.end() - node.content();
    requireSize(size, min, max, "bytes");
    return new String(node.source(), node.content(), size, StandardCharsets.UTF_8);
  }

  /** The items of an array. */
  public List<CborItem> array(int min, int max) throws MalformedCborException {
    require(node.major() == CborNode.ARRAY, "an array");
    CborNode[] nodes = node.items();
    requireSize(nodes.length, min, max, "items");
    List<CborItem> items = new ArrayList<>(nodes.length);
    for (int i = 0; i < nodes.length; i++) {
      items.add(new CborItem(nodes[i], this, "[", i, "]"));
    }
    return items;
  }

  public CborMap map() throws MalformedCborException {
    require(node.major() == CborNode.MAP, "a map");
    return new CborMap(this);
  }

  /** Itself without its one tag. */
  public CborItem tagged(int tag) throws MalformedCborException {
    if (node.major() != CborNode.TAG
        || node.argument() != tag
        || node.items()[0].major() == CborNode.TAG) {
      throw malformed("is not tagged " + tag);
    }
    return new CborItem(node.items()[0], parent, before, step, after);
  }

  public MalformedCborException malformed(String why) {
    return new MalformedCborException(path() + " " + why);
  }

  private void require(boolean is, String name) throws MalformedCborException {
    if (!is) {
      throw malformed("is not " + name);
    }
  }

  private void requireSize(int size, int min, int max, String unit) throws MalformedCborException {
    if (size < min || size > max) {
      String allowed = min == max ? "exactly " + min : min + " to " + max;
      throw malformed("has " + size + " " + unit + ", not " + allowed);
    }
  }
}
