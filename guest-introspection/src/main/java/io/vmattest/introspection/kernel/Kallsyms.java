// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.MalformedGuestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The kernel's symbols, as /proc/kallsyms shows those of the kernel itself (not of its modules), in
 * the same order: ascending by address.
 */
public final class Kallsyms {
  private final long[] addresses;
  private final byte[] types;

  /** Names with a zero behind each. */
  private final byte[] pool;

  private final int[] starts;
  private final NameIndex names;

  Kallsyms(long[] addresses, byte[] types, byte[] pool, int[] starts) {
    this.addresses = addresses;
    this.types = types;
    this.pool = pool;
    this.starts = starts;
    this.names = new NameIndex(pool, starts);
  }

  static Kallsyms decode(KallsymsTables tables) throws MalformedGuestException {
    return new KallsymsDecoder(tables).decode();
  }

  public int size() {
    return addresses.length;
  }

  /**
   * One of them.
   *
   * @param number from 0 to size - 1
   */
  public Symbol get(int number) {
    return new Symbol(
        NameIndex.text(pool, starts[number]), (char) types[number], addresses[number]);
  }

  /** All of that name, ascending by address: static ones of different files may share one. */
  public List<Symbol> named(String name) {
    List<Symbol> found = new ArrayList<>();
    for (int number : names.find(name)) {
      found.add(get(number));
    }
    return found;
  }

  /** The address of the global symbol, or of the only one; empty if none or several qualify. */
  public OptionalLong address(String name) {
    List<Symbol> found = named(name);
    List<Symbol> global = found.stream().filter(Symbol::isGlobal).toList();
    List<Symbol> candidates = global.isEmpty() ? found : global;
    return candidates.size() == 1
        ? OptionalLong.of(candidates.get(0).address())
        : OptionalLong.empty();
  }

  /** The last symbol that begins at or before an address of the kernel's half. */
  public Optional<Symbol> at(long address) {
    if (address >= 0) {
      return Optional.empty();
    }
    int low = 0;
    int high = addresses.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(addresses[middle], address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 || addresses[low - 1] >= 0 ? Optional.empty() : Optional.of(get(low - 1));
  }
}
