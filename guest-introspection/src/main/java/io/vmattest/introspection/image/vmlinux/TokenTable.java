// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;

/** The 256 strings of which kallsyms' names consist, and after them their offsets as u16. */
final class TokenTable {
  private static final int TOKENS = 256;
  private static final int MAX_TOKEN = 128;
  private static final int MAX_SYMBOL = 1024;

  private final ImageBytes image;
  private final String[] tokens;
  private final int end;

  private TokenTable(ImageBytes image, String[] tokens, int end) {
    this.image = image;
    this.tokens = tokens;
    this.end = end;
  }

  static boolean isAt(ImageBytes image, int at) {
    try {
      read(image, at);
      return true;
    } catch (MalformedImageException e) {
      return false;
    }
  }

  static TokenTable read(ImageBytes image, int start) throws MalformedImageException {
    String[] tokens = new String[TOKENS];
    int[] offsets = new int[TOKENS];
    int at = start;
    for (int i = 0; i < TOKENS; i++) {
      tokens[i] = image.cString(at, MAX_TOKEN);
      offsets[i] = at - start;
      at += tokens[i].length() + 1;
    }
    int index = NameWalk.align(at);
    for (int i = 0; i < TOKENS; i++) {
      if (image.u16(index + 2L * i) != offsets[i]) {
        throw image.malformed(index + 2L * i, "a token's offset is not that of the token");
      }
    }
    return new TokenTable(image, tokens, index + 2 * TOKENS);
  }

  int end() {
    return end;
  }

  String expand(int at, int length) throws MalformedImageException {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < length; i++) {
      name.append(tokens[image.u8(at + (long) i)]);
      if (name.length() > MAX_SYMBOL) {
        throw image.malformed(at, "a symbol has more than " + MAX_SYMBOL + " characters");
      }
    }
    return name.toString();
  }
}
