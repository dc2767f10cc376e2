// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
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

  /** Of each of the two: guests could make as many as memory has room for. */
  private static final long MAX_BYTES = 64 << 20;

  /** Distributions' have 5 to 8 MiB. */
  private static final int MAX_TYPES = 16 << 20;

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

  /** Reads and decodes them where they are not known; only {@link #keep} makes them known. */
  Symbols symbols(Key key, AddressSpace space, KernelMap map) throws MalformedGuestException {
    Optional<Symbols> known = get(symbols, key);
    if (known.isPresent() && known.get().tables().areIn(space, map)) {
      return known.get();
    }
    KallsymsTables tables = KallsymsTables.read(space, map);
    return new Symbols(tables, Kallsyms.decode(tables));
  }

  /** What was proven to be a kernel's: forgeries would displace it. */
  void keep(Key key, Symbols proven) {
    put(symbols, key, proven);
  }

  Btf types(Key key, AddressSpace space, long address, long size) throws MalformedGuestException {
    Optional<Types> known = get(types, key);
    if (known.isPresent()
        && known.get().blob().length == size
        && space.holds(address, known.get().blob())) {
      return known.get().decoded();
    }
    byte[] blob = space.bytes(address, size, MAX_TYPES);
    Btf decoded = Btf.parse(blob, address);
    put(types, key, new Types(blob, decoded));
    return decoded;
  }

  private synchronized <T> Optional<T> get(Map<Key, T> map, Key key) {
    return Optional.ofNullable(map.get(key));
  }

  private synchronized <T extends Kept> void put(Map<Key, T> map, Key key, T value) {
    map.put(key, value);
    long bytes = map.values().stream().mapToLong(Kept::bytes).sum();
    var eldest = map.values().iterator();
    for (int left = map.size(); left > MAX_ENTRIES || bytes > MAX_BYTES; left--) {
      bytes -= eldest.next().bytes();
      eldest.remove();
    }
  }

  private interface Kept {
    /** About how many it takes. */
    long bytes();
  }

  /** Tables and what they say. */
  record Symbols(KallsymsTables tables, Kallsyms decoded) implements Kept {
    private static final long BYTES_A_SYMBOL = 28;

    /** Names expand to about three times their bytes. */
    @Override
    public long bytes() {
      return 4L * tables.names().length + BYTES_A_SYMBOL * tables.count();
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Types(byte[] blob, Btf decoded) implements Kept {
    /** The blob, and the indexes of it. */
    @Override
    public long bytes() {
      return 2L * blob.length;
    }
  }
}
