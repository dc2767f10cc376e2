// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import com.upokecenter.cbor.CBORObject;
import com.upokecenter.cbor.CBORType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoded data item of which nothing is believed yet, not even its type.
 *
 * @param path names it in the messages of exceptions
 */
public record CborItem(CBORObject value, String path) {
  /** The last second of the year 9999. */
  private static final long MAX_SECONDS = 253_402_300_799L;

  /** An unsigned integer that fits into 63 bits. */
  public long uint() throws MalformedCborException {
    long number = integer();
    if (number < 0) {
      throw malformed("is negative");
    }
    return number;
  }

  public long integer() throws MalformedCborException {
    require(CBORType.Integer, "an integer");
    if (!value.AsNumber().CanFitInInt64()) {
      throw malformed("is out of range");
    }
    return value.AsInt64Value();
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
    require(CBORType.Boolean, "a boolean");
    return value.AsBoolean();
  }

  /**
   * @param min bytes at least
   * @param max bytes at most
   */
  public byte[] bytes(int min, int max) throws MalformedCborException {
    require(CBORType.ByteString, "a byte string");
    byte[] bytes = value.GetByteString();
    requireSize(bytes.length, min, max, "bytes");
    return bytes.clone();
  }

  /**
   * @param min bytes of UTF-8 at least
   * @param max bytes of UTF-8 at most
   */
  public String text(int min, int max) throws MalformedCborException {
    require(CBORType.TextString, "a text string");
    String text = value.AsString();
    requireSize(text.getBytes(StandardCharsets.UTF_8).length, min, max, "bytes");
    return text;
  }

  /** The items of an array. */
  public List<CborItem> array(int min, int max) throws MalformedCborException {
    require(CBORType.Array, "an array");
    requireSize(value.size(), min, max, "items");
    List<CborItem> items = new ArrayList<>(value.size());
    for (int i = 0; i < value.size(); i++) {
      items.add(new CborItem(value.get(i), path + "[" + i + "]"));
    }
    return items;
  }

  public CborMap map() throws MalformedCborException {
    require(CBORType.Map, "a map");
    return new CborMap(value, path);
  }

  /** Itself without its one tag. */
  public CborItem tagged(int tag) throws MalformedCborException {
    if (!value.HasOneTag(tag)) {
      throw malformed("is not tagged " + tag);
    }
    return new CborItem(value.Untag(), path);
  }

  public MalformedCborException malformed(String why) {
    return new MalformedCborException(path + " " + why);
  }

  private void require(CBORType type, String name) throws MalformedCborException {
    if (value.isTagged() || value.getType() != type) {
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
