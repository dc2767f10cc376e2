// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.vmlinux.ImageSymbols;
import io.vmattest.introspection.kernel.Kallsyms;
import io.vmattest.introspection.kernel.Symbol;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Symbols by live addresses: the image's, which no guest can change, or else those of the guest.
 */
interface Names {
  /** Farther from a symbol nothing is named by it. */
  long MAX_DISTANCE = 1 << 24;

  OptionalLong address(String name);

  /** The symbol that stands at or before an address. */
  Optional<Place> before(long address);

  /** Where the next symbol behind an address stands. */
  OptionalLong after(long address);

  /** A symbol and where it stands. */
  record Place(String name, long start) {}

  /**
   * An address as people read it: do_exit+0x10. One behind the last symbol is no part of the
   * kernel, however near that is: how far modules lie from it goes by KASLR.
   */
  default String describe(long address) {
    Optional<Place> place = before(address);
    long distance = place.map(found -> address - found.start()).orElse(MAX_DISTANCE);
    if (place.isEmpty()
        || distance < 0
        || distance >= MAX_DISTANCE
        || (distance > 0 && after(address).isEmpty())) {
      return "0x%x".formatted(address);
    }
    return distance == 0 ? place.get().name() : "%s+0x%x".formatted(place.get().name(), distance);
  }

  /** Whether a symbol stands at exactly that address. */
  default boolean isStart(long address) {
    return before(address).filter(found -> found.start() == address).isPresent();
  }

  static Names of(ImageSymbols symbols, long offset) {
    return new Names() {
      @Override
      public OptionalLong address(String name) {
        OptionalLong found = symbols.address(name);
        return found.isPresent() ? OptionalLong.of(found.getAsLong() + offset) : found;
      }

      @Override
      public Optional<Place> before(long address) {
        OptionalLong start = symbols.before(address - offset);
        return start.isEmpty()
            ? Optional.empty()
            : symbols.at(start.getAsLong()).map(n -> new Place(n, start.getAsLong() + offset));
      }

      @Override
      public OptionalLong after(long address) {
        OptionalLong found = symbols.after(address - offset);
        return found.isPresent() ? OptionalLong.of(found.getAsLong() + offset) : found;
      }
    };
  }

  static Names of(Kallsyms symbols) {
    return new Names() {
      @Override
      public OptionalLong address(String name) {
        return symbols.address(name);
      }

      @Override
      public Optional<Place> before(long address) {
        return symbols.at(address).map(found -> new Place(found.name(), found.address()));
      }

      @Override
      public OptionalLong after(long address) {
        int low = 0;
        int high = symbols.size();
        while (low < high) {
          int middle = (low + high) >>> 1;
          Symbol symbol = symbols.get(middle);
          if (symbol.address() >= 0 || symbol.address() <= address) {
            low = middle + 1;
          } else {
            high = middle;
          }
        }
        return low < symbols.size()
            ? OptionalLong.of(symbols.get(low).address())
            : OptionalLong.empty();
      }
    };
  }
}
