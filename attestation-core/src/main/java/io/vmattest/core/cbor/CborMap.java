// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A decoded map of which nothing is believed yet. */
public final class CborMap {
  /** A head takes no more. */
  private static final int HEAD = 9;

  private final CborItem item;
  private final CborNode[] entries;

  CborMap(CborItem item) {
    this.item = item;
    this.entries = item.node().items();
  }

  public CborItem get(long key) throws MalformedCborException {
    return find(key).orElseThrow(() -> item.malformed("has no entry " + key));
  }

  public Optional<CborItem> find(long key) {
    for (int i = 0; i < entries.length; i += 2) {
      if (isKey(entries[i], key)) {
        return Optional.of(item.entry(entries[i + 1], key));
      }
    }
    return Optional.empty();
  }

  public int size() {
    return entries.length / 2;
  }

  /** Reads the value of an entry. */
  @FunctionalInterface
  public interface Reading<T> {
    T read(CborItem value) throws MalformedCborException;
  }

  /** What is read of the values of entries whose keys are all text. */
  public <T> Map<String, T> textEntries(int maxKeyBytes, Reading<T> reading)
      throws MalformedCborException {
    List<Map.Entry<String, T>> result = new ArrayList<>(size());
    for (int i = 0; i < entries.length; i += 2) {
      String name = item.key(entries[i]).text(1, maxKeyBytes);
      result.add(Map.entry(name, reading.read(item.entry(entries[i + 1], name))));
    }
    // No key is there twice: that would not have been deterministic.
    return Map.ofEntries(result.<Map.Entry<String, T>>toArray(Map.Entry[]::new));
  }

  /** Refuses every entry but those with these keys. */
  public CborMap only(long... keys) throws MalformedCborException {
    for (int i = 0; i < entries.length; i += 2) {
      if (!isAmong(entries[i], keys)) {
        throw item.malformed("has an entry that does not belong there");
      }
    }
    return this;
  }

  private static boolean isAmong(CborNode node, long[] keys) {
    for (long key : keys) {
      if (isKey(node, key)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isKey(CborNode node, long key) {
    return node.isInteger() && node.fits() && node.integer() == key;
  }

  /**
   * The map encoded, with an entry set.
   *
   * @param value a byte string
   */
  public byte[] with(long key, byte[] value) {
    NavigableMap<byte[], byte[]> all = new TreeMap<>(Arrays::compareUnsigned);
    for (int i = 0; i < entries.length; i += 2) {
      all.put(encoded(entries[i]), encoded(entries[i + 1]));
    }
    all.put(
        new CborWriter(HEAD).integer(key).encoded(),
        new CborWriter(HEAD + value.length).bytes(value).encoded());
    CborWriter writer = new CborWriter(value.length + HEAD).map(all.size());
    all.forEach((name, content) -> writer.encoded(name).encoded(content));
    return writer.encoded();
  }

  private static byte[] encoded(CborNode node) {
    return Arrays.copyOfRange(node.source(), node.start(), node.end());
  }
}
