// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image;

/** An image or a package is not what its format says. */
public final class MalformedImageException extends Exception {
  private final long offset;

  /**
   * @param what names the image or the structure
   * @param offset where in it, in bytes
   */
  public MalformedImageException(String what, long offset, String why) {
    super("%s, at 0x%x: %s".formatted(what, offset, why));
    this.offset = offset;
  }

  public MalformedImageException(String what, long offset, String why, Exception cause) {
    super("%s, at 0x%x: %s".formatted(what, offset, why), cause);
    this.offset = offset;
  }

  /** Where in the image it was noticed, in bytes from its start; an address where it has those. */
  public long offset() {
    return offset;
  }
}
