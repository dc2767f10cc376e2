// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictCborTest {
  private static CborItem decode(String hex) throws MalformedCborException {
    return StrictCbor.decode(HexFormat.of().parseHex(hex), "it", 1 << 16);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "1801", // not the shortest form
        "a202100111", // keys out of order
        "a201100111", // a key twice
        "9f01ff", // indefinite length
        "5f4101ff", // indefinite string
        "0101", // bytes after it
        "61ff", // not UTF-8
        "fb3ff0000000000000", // not the shortest float
        "9b7fffffffffffffff", // an array that cannot be there
        "5b7fffffffffffffff", // a string that cannot be there
        "a1", // ends early
      })
  void whatIsNotDeterministicIsRefused(String hex) {
    assertThrows(MalformedCborException.class, () -> decode(hex));
  }

  @Test
  void deepNestingIsRefusedNotOverflowed() {
    String deep = "81".repeat(30_000) + "01";
    assertThrows(MalformedCborException.class, () -> decode(deep));
  }

  @Test
  void numbersThatDoNotFitAreRefused() throws Exception {
    assertThrows(MalformedCborException.class, () -> decode("1bffffffffffffffff").uint());
    assertThrows(MalformedCborException.class, () -> decode("20").uint());
    assertThrows(MalformedCborException.class, () -> decode("c24101").uint());
    assertEquals(Long.MAX_VALUE, decode("1b7fffffffffffffff").uint());
    assertEquals(-70000, decode("3a0001116f").integer());
  }

  @Test
  void anotherTypeIsRefusedByItsPath() throws Exception {
    CborMap map = decode("a1018102").map();
    var e =
        assertThrows(MalformedCborException.class, () -> map.get(1).array(1, 1).get(0).bytes(0, 9));
    assertEquals("it/1[0] is not a byte string", e.getMessage());
    assertThrows(MalformedCborException.class, () -> map.only(2));
    assertThrows(MalformedCborException.class, () -> map.get(3));
  }

  @Test
  void sizesOutOfBoundsAreRefused() throws Exception {
    assertThrows(MalformedCborException.class, () -> decode("4101").bytes(2, 3));
    assertThrows(MalformedCborException.class, () -> decode("6161").text(2, 3));
    assertThrows(MalformedCborException.class, () -> decode("8101").array(2, 3));
  }
}
