// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.MalformedGuestException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Decoded symbols and types of the kernels last seen. A guest writes its BUILD-ID itself: so that
 * none can leave wrong symbols for another, or for itself after it was put back, an entry is used
 * only if the guest's own bytes equal those that it was decoded from.
 */
final class KernelCache {
  private static final int MAX_ENTRIES = 4;

  /**
   * @param kernelOffset KASLR's
   */
  record Key(String buildId, long kernelOffset) {
    static Key of(VmcoreInfo info) throws MalformedGuestException {
      return new Key(info.buildId(), info.kernelOffset());
    }
  }

  private final Map<Key, Symbols> symbols = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Key, Types> types = new LinkedHashMap<>(16, 0.75f, true);

  /** Decodes them where they are not known; only {@link #keep} makes them known. */
  Kallsyms symbols(Key key, KallsymsTables tables) throws MalformedGuestException {
    Optional<Symbols> known = get(symbols, key);
    return known.isPresent() && known.get().tables().sameAs(tables)
        ? known.get().decoded()
        : Kallsyms.decode(tables);
  }

  /** What was proven to be a kernel's: forgeries would displace it. */
  void keep(Key key, KallsymsTables tables, Kallsyms decoded) {
    put(symbols, key, new Symbols(tables, decoded));
  }

  Btf types(Key key, byte[] blob, long address) throws MalformedGuestException {
    Optional<Types> known = get(types, key);
    if (known.isPresent() && Arrays.equals(known.get().blob(), blob)) {
      return known.get().decoded();
    }
    Btf decoded = Btf.parse(blob, address);
    put(types, key, new Types(blob, decoded));
    return decoded;
  }

  private synchronized <T> Optional<T> get(Map<Key, T> map, Key key) {
    return Optional.ofNullable(map.get(key));
  }

  private synchronized <T> void put(Map<Key, T> map, Key key, T value) {
    map.put(key, value);
    if (map.size() > MAX_ENTRIES) {
      map.remove(map.keySet().iterator().next());
    }
  }

  private record Symbols(KallsymsTables tables, Kallsyms decoded) {}

  @SuppressWarnings("ArrayRecordComponent")
  private record Types(byte[] blob, Btf decoded) {}
}
