// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.settings;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Nonces as arguments: hexadecimal if it can be, else base64url (RFC 4648, 5); 8 to 64 bytes. */
public final class Nonces implements ITypeConverter<byte[]> {
  private static final Pattern HEX = Pattern.compile("(?:[0-9a-fA-F]{2}){8,64}");
  private static final int MIN = 8;
  private static final int MAX = 64;

  @Override
  public byte[] convert(String value) {
    byte[] nonce;
    try {
      nonce =
          HEX.matcher(value).matches()
              ? HexFormat.of().parseHex(value)
              : Base64.getUrlDecoder().decode(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("a nonce is hexadecimal or base64url");
    }
    if (nonce.length < MIN || nonce.length > MAX) {
      throw new TypeConversionException("a nonce has " + MIN + " to " + MAX + " bytes");
    }
    return nonce;
  }

  /** 32 random bytes. */
  public static byte[] fresh() {
    byte[] nonce = new byte[32];
    new SecureRandom().nextBytes(nonce);
    return nonce;
  }

  /** As the REST API wants it. */
  public static String encode(byte[] nonce) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(nonce);
  }
}
