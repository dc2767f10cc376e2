// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A signature line of a note, which names the key that is said to have made it.
 *
 * @param name of the key
 * @param base64 of the key's ID, 4 bytes, and the signature
 * @see <a href="https://c2sp.org/signed-note">Signed note, Signatures</a>
 */
public record NoteSignature(String name, String base64) {
  private static final String DASH = "\u2014 ";
  private static final int ID_SIZE = 4;

  /**
   * @throws IllegalArgumentException if no note may have such a signature
   */
  public NoteSignature {
    if (!NoteKey.isName(name)) {
      throw new IllegalArgumentException("no name of a key: " + name);
    }
    try {
      requireSignature(base64);
    } catch (MalformedTlogException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  static NoteSignature of(String name, int keyId, byte[] signature) {
    byte[] bytes =
        ByteBuffer.allocate(ID_SIZE + signature.length).putInt(keyId).put(signature).array();
    return new NoteSignature(name, StrictText.base64(bytes));
  }

  /**
   * @param line without its newline
   */
  static NoteSignature parse(String line) throws MalformedTlogException {
    int space = line.indexOf(' ', DASH.length());
    if (!line.startsWith(DASH) || space < 0) {
      throw new MalformedTlogException("a line after the note's text is no signature");
    }
    String name = line.substring(DASH.length(), space);
    if (!NoteKey.isName(name)) {
      throw new MalformedTlogException("a signature does not name a key");
    }
    String base64 = line.substring(space + 1);
    requireSignature(base64);
    return new NoteSignature(name, base64);
  }

  private static void requireSignature(String base64) throws MalformedTlogException {
    // "Signatures are the base64 encoding of 4+n bytes."
    if (StrictText.unbase64(base64, "a signature").length <= ID_SIZE) {
      throw new MalformedTlogException("a signature has no bytes but the key's ID");
    }
  }

  private byte[] bytes() {
    try {
      return StrictText.unbase64(base64, "a signature");
    } catch (MalformedTlogException e) {
      throw new IllegalStateException("it was base64 before", e);
    }
  }

  public int keyId() {
    return ByteBuffer.wrap(bytes()).getInt();
  }

  /** As the key's algorithm has it, without the key's ID. */
  public byte[] signature() {
    byte[] bytes = bytes();
    return Arrays.copyOfRange(bytes, ID_SIZE, bytes.length);
  }

  /** The line without its newline. */
  public String line() {
    return DASH + name + " " + base64;
  }
}
