// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.nio.ByteBuffer;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A public key with the name that its signatures on notes bear. Immutable.
 *
 * @see <a href="https://c2sp.org/signed-note">Signed note, Verifier keys</a>
 */
public final class NoteKey {
  private static final int MAX_SIZE = 1024;
  private static final int NEXT_LINE = 0x85;
  private final String name;
  private final SignatureType type;
  private final byte[] key;
  private final int id;

  private NoteKey(String name, SignatureType type, byte[] key) {
    if (!isName(name)) {
      throw new IllegalArgumentException("no name of a key: " + name);
    }
    if (!type.isKey(key)) {
      throw new IllegalArgumentException(name + ": no key for " + type);
    }
    this.name = name;
    this.type = type;
    this.key = key;
    this.id = type.keyId(name, key);
  }

  /**
   * "Key names MUST be non-empty and MUST NOT contain any Unicode spaces or plus (U+002B)
   * characters."
   */
  static boolean isName(String name) {
    return StrictText.isLine(name) && name.codePoints().noneMatch(c -> c == '+' || isSpace(c));
  }

  private static boolean isSpace(int c) {
    return Character.isSpaceChar(c) || Character.isWhitespace(c) || c == NEXT_LINE;
  }

  /**
   * A key that signs notes with ECDSA.
   *
   * @throws IllegalArgumentException if it is not on P-256, or the name is none
   */
  public static NoteKey ecdsa(String name, PublicKey key) {
    return new NoteKey(name, SignatureType.ECDSA, key.getEncoded().clone());
  }

  /**
   * A key that signs notes, or checkpoints as a witness, with Ed25519.
   *
   * @param type one of those that do
   * @param key 32 bytes
   * @throws IllegalArgumentException if it is none, or the name is none
   */
  public static NoteKey ed25519(String name, SignatureType type, byte[] key) {
    return new NoteKey(name, type, key.clone());
  }

  /**
   * Parses the text form: name, plus, the ID in hexadecimal, plus, base64 of the type's identifier
   * and the key.
   */
  public static NoteKey parse(String vkey) throws MalformedTlogException {
    // The base64 may have a plus of its own, a name may not.
    String[] parts = vkey.length() > MAX_SIZE ? new String[0] : vkey.split("\\+", 3);
    if (parts.length != 3) {
      throw new MalformedTlogException("a verifier key is name+id+key");
    }
    byte[] typed = StrictText.unbase64(parts[2], "a verifier key");
    SignatureType type =
        (typed.length == 0 ? Optional.<SignatureType>empty() : SignatureType.of(typed[0]))
            .orElseThrow(() -> new MalformedTlogException("a verifier key of an unknown type"));
    NoteKey key = create(parts[0], type, Arrays.copyOfRange(typed, 1, typed.length));
    if (!key.hexId().equals(parts[1])) {
      throw new MalformedTlogException("a verifier key whose ID is not " + key.hexId());
    }
    return key;
  }

  private static NoteKey create(String name, SignatureType type, byte[] key)
      throws MalformedTlogException {
    try {
      return new NoteKey(name, type, key);
    } catch (IllegalArgumentException e) {
      throw new MalformedTlogException("a verifier key: " + e.getMessage());
    }
  }

  private String hexId() {
    return HexFormat.of().toHexDigits(id);
  }

  public String name() {
    return name;
  }

  /** A short identifier, which others may share. */
  public int id() {
    return id;
  }

  public SignatureType type() {
    return type;
  }

  /** Whether the signature names this key. */
  public boolean isNamedBy(NoteSignature signature) {
    return signature.name().equals(name) && signature.keyId() == id;
  }

  /**
   * Whether this key made the signature.
   *
   * @param text of the note, in UTF-8
   * @param signature as its type has it, without the key's ID
   */
  public boolean verify(byte[] text, byte[] signature) {
    return type.verify(key, text, signature);
  }

  /** The text form, which {@link #parse} reads. */
  public String vkey() {
    byte[] typed =
        ByteBuffer.allocate(1 + key.length).put((byte) type.identifier()).put(key).array();
    return name + "+" + hexId() + "+" + StrictText.base64(typed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NoteKey that && vkey().equals(that.vkey());
  }

  @Override
  public int hashCode() {
    return id;
  }

  @Override
  public String toString() {
    return vkey();
  }
}
