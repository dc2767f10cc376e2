// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.report.Digest;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;

/** What the text formats have in common: each value has one encoding, and any other is refused. */
final class StrictText {
  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,18}");

  private StrictText() {}

  /** UTF-8 without replacement of what is none. */
  static String decode(byte[] bytes, String what) throws MalformedTlogException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedTlogException(what + " is not UTF-8");
    }
  }

  static byte[] encode(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Signed note, Format: UTF-8, no ASCII control characters other than newline. */
  static boolean isNoteText(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(CharBuffer.wrap(text))
        && text.chars().noneMatch(c -> c < ' ' && c != '\n');
  }

  /** A line of such text: not empty, and without the newline. */
  static boolean isLine(String line) {
    return !line.isEmpty() && line.indexOf('\n') < 0 && isNoteText(line);
  }

  /** A number from 0 to 2^63 - 1 without leading zeroes. */
  static long decimal(String text, String what) throws MalformedTlogException {
    if (!DECIMAL.matcher(text).matches()) {
      throw new MalformedTlogException(what + " is no decimal number");
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new MalformedTlogException(what + " is too large");
    }
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static String base64(Digest digest) {
    return base64(digest.bytes());
  }

  /** Base64 (RFC 4648, 4) with its padding, and no bits set that are none of the value's. */
  static byte[] unbase64(String text, String what) throws MalformedTlogException {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (base64(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // As below.
    }
    throw new MalformedTlogException(what + " is no base64");
  }

  static Digest digest(String text, String what) throws MalformedTlogException {
    byte[] bytes = unbase64(text, what);
    if (bytes.length != Digest.SIZE) {
      throw new MalformedTlogException(
          what + " has " + bytes.length + " bytes, not " + Digest.SIZE);
    }
    return Digest.of(bytes);
  }
}
