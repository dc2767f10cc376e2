// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

/** Decodes hostile bytes as deterministic CBOR (RFC 8949, 4.2.1), whole, and within a size. */
public final class StrictCbor {
  private StrictCbor() {}

  /**
   * Decodes one data item, in one pass and without a copy: the bytes must not change afterwards.
   *
   * @param what names it in the messages of exceptions
   * @param maxSize bytes
   * @throws MalformedCborException also for valid CBOR that is not the deterministic encoding, that
   *     has bytes after it, or that has a floating-point number
   */
  public static CborItem decode(byte[] encoded, String what, int maxSize)
      throws MalformedCborException {
    if (encoded.length > maxSize) {
      throw new MalformedCborException(
          what + " has " + encoded.length + " bytes; at most " + maxSize + " are allowed");
    }
    try {
      return CborItem.root(CborReader.read(encoded), what);
    } catch (MalformedCborException e) {
      throw new MalformedCborException(
          what + " is not deterministically encoded CBOR: it " + e.getMessage(), e);
    }
  }
}
