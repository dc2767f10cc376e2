// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NamesTest {
  private static final NavigableMap<Long, String> SYMBOLS =
      new TreeMap<>(Map.of(0x1000L, "do_exit", 0x2000L, "_end"));

  private final Names names =
      new Names() {
        @Override
        public OptionalLong address(String name) {
          return OptionalLong.empty();
        }

        @Override
        public Optional<Place> before(long address) {
          return Optional.ofNullable(SYMBOLS.floorEntry(address))
              .map(symbol -> new Place(symbol.getValue(), symbol.getKey()));
        }

        @Override
        public OptionalLong after(long address) {
          Long next = SYMBOLS.higherKey(address);
          return next == null ? OptionalLong.empty() : OptionalLong.of(next);
        }
      };

  @Test
  void anAddressIsNamedByTheSymbolBeforeIt() {
    assertEquals("do_exit", names.describe(0x1000));
    assertEquals("do_exit+0x10", names.describe(0x1010));
    assertEquals("_end", names.describe(0x2000));
  }

  @Test
  void anAddressOutsideOfTheKernelIsNotNamedByIt() {
    assertEquals("0xfff", names.describe(0xfff));
    assertEquals("0x2001", names.describe(0x2001));
  }
}
