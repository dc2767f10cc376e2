// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** A SHA-256 digest: 32 bytes, immutable. */
public final class Digest implements Comparable<Digest> {
  public static final int SIZE = 32;

  /** Trees are many small digests: looking the algorithm up takes as long as one of them. */
  private static final ThreadLocal<MessageDigest> SHA = ThreadLocal.withInitial(Digest::newSha256);

  private final byte[] bytes;

  private Digest(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * @throws IllegalArgumentException if there are not exactly 32 bytes
   */
  public static Digest of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("a SHA-256 digest has 32 bytes, not " + bytes.length);
    }
    return new Digest(bytes.clone());
  }

  /**
   * @throws IllegalArgumentException if it is not 64 hexadecimal digits
   */
  public static Digest ofHex(String hex) {
    return of(HexFormat.of().parseHex(hex));
  }

  /** The digest of the concatenation of the parts. */
  public static Digest sha256(byte[]... parts) {
    MessageDigest sha = SHA.get();
    sha.reset();
    for (byte[] part : parts) {
      sha.update(part);
    }
    return new Digest(sha.digest());
  }

  /** The digest of a prefix and two digests after it, as inner nodes of trees are. */
  public static Digest sha256(byte prefix, Digest left, Digest right) {
    MessageDigest sha = SHA.get();
    sha.reset();
    sha.update(prefix);
    sha.update(left.bytes);
    sha.update(right.bytes);
    return new Digest(sha.digest());
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  public String hex() {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public int compareTo(Digest other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Digest digest && MessageDigest.isEqual(bytes, digest.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return hex();
  }
}
