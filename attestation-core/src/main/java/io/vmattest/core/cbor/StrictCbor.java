// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import com.upokecenter.cbor.CBORException;
import com.upokecenter.cbor.CBORObject;
import java.util.Arrays;

/** Decodes hostile bytes as deterministic CBOR (RFC 8949, 4.2.1), whole, and within a size. */
public final class StrictCbor {
  private StrictCbor() {}

  /**
   * Decodes one data item.
   *
   * @param what names it in the messages of exceptions
   * @param maxSize bytes
   * @throws MalformedCborException also for valid CBOR that is not the deterministic encoding, or
   *     that has bytes after it
   */
  public static CborItem decode(byte[] encoded, String what, int maxSize)
      throws MalformedCborException {
    if (encoded.length > maxSize) {
      throw new MalformedCborException(
          what + " has " + encoded.length + " bytes; at most " + maxSize + " are allowed");
    }
    CBORObject value;
    try {
      value = CBORObject.DecodeFromBytes(encoded);
    } catch (CBORException e) {
      throw new MalformedCborException(what + " is not CBOR: " + e.getMessage(), e);
    }
    // The library sorts keys and takes the shortest forms when it encodes, so that whatever is not
    // deterministic comes out as other bytes.
    if (!Arrays.equals(value.EncodeToBytes(), encoded)) {
      throw new MalformedCborException(what + " is not deterministically encoded CBOR");
    }
    return new CborItem(value, what);
  }
}
