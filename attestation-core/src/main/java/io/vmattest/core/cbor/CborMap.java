// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import com.upokecenter.cbor.CBORObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A decoded map of which nothing is believed yet. */
public final class CborMap {
  private final CBORObject map;
  private final String path;

  CborMap(CBORObject map, String path) {
    this.map = map;
    this.path = path;
  }

  public CborItem get(long key) throws MalformedCborException {
    return find(key).orElseThrow(() -> new MalformedCborException(path + " has no entry " + key));
  }

  public Optional<CborItem> find(long key) {
    return Optional.ofNullable(map.GetOrDefault(key, null))
        .map(value -> new CborItem(value, path + "/" + key));
  }

  public int size() {
    return map.size();
  }

  /** Entries whose keys are all text. */
  public Map<String, CborItem> textEntries(int maxKeyBytes) throws MalformedCborException {
    Map<String, CborItem> entries = new LinkedHashMap<>();
    for (CBORObject key : map.getKeys()) {
      String name = new CborItem(key, "a key of " + path).text(1, maxKeyBytes);
      entries.put(name, new CborItem(map.get(key), path + "/" + name));
    }
    return entries;
  }

  /** Refuses every entry but those with these keys. */
  public CborMap only(long... keys) throws MalformedCborException {
    List<CBORObject> known = new ArrayList<>();
    for (long key : keys) {
      known.add(CBORObject.FromObject(key));
    }
    for (CBORObject key : map.getKeys()) {
      if (!known.contains(key)) {
        throw new MalformedCborException(path + " has an entry that does not belong there");
      }
    }
    return this;
  }
}
