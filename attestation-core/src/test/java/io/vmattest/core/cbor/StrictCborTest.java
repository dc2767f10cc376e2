// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import java.util.HexFormat;
import java.util.Random;
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
        "bb7fffffffffffffff", // a map that cannot be there
        "9bffffffffffffffff", // a length of more than 63 bits
        "1a0000ffff", // not the shortest form of four bytes
        "1b00000000ffffffff", // nor of eight
        "a2616201616101", // text keys out of order
        "62c328", // not UTF-8 either
        "63eda080", // a surrogate
        "1c", // a reserved head
        "f97e00", // a float
        "f800", // a simple value of two bytes
        "f0", // an unassigned simple value
        "c1", // a tag of nothing
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

  @Test
  void anItemIsGivenBackAsItWasEncoded() throws Exception {
    CborItem item = decode("82a10120f6").array(2, 2).get(0);
    assertEquals("a10120", HexFormat.of().formatHex(item.encoded()));
    assertEquals(-1, item.map().get(1).integer());
  }

  @Test
  void aMapIsEncodedWithAnotherEntryInItsPlace() throws Exception {
    CborMap map = decode("a201020a03").map();
    assertEquals("a301020541ff0a03", HexFormat.of().formatHex(map.with(5, new byte[] {-1})));
    assertEquals("a2014103" + "0a03", HexFormat.of().formatHex(map.with(1, new byte[] {3})));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 23, 24, 255, 256, 65535, 65536, 0xffff_ffffL, 1L << 32, Long.MAX_VALUE})
  void integersAreWrittenAsTheyAreRead(long number) throws Exception {
    for (long each : new long[] {number, -1 - number}) {
      byte[] encoded = new CborWriter(1).integer(each).encoded();
      assertEquals(each, StrictCbor.decode(encoded, "it", 9).integer());
      assertArrayEquals(CBORObject.FromObject(each).EncodeToBytes(), encoded);
    }
  }

  /** What the library takes, too, where it has no floating-point number. */
  @Test
  void whatIsTakenIsWhatTheLibraryEncodesAgain() throws Exception {
    Random random = new Random(20261127);
    int taken = 0;
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[1 + random.nextInt(6)];
      random.nextBytes(bytes);
      if (isTaken(bytes)) {
        taken++;
        assertArrayEquals(CBORObject.DecodeFromBytes(bytes).EncodeToBytes(), bytes);
      }
    }
    assertTrue(taken > 1000, taken + " were taken");
  }

  private static boolean isTaken(byte[] bytes) {
    try {
      StrictCbor.decode(bytes, "it", 16);
      return true;
    } catch (MalformedCborException e) {
      return false;
    }
  }
}
