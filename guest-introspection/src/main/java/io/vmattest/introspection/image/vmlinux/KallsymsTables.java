// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import java.util.OptionalInt;

/**
 * The kallsyms tables of an image, found by their form, for nothing points at them: the number of
 * symbols, the names, a marker for each 256th name, (in some kernels three bytes a symbol,) the
 * tokens and their index; the offsets with their base stand before all that or after it.
 */
final class KallsymsTables {
  private static final int MIN_SYMBOLS = 256;
  private static final int MAX_SYMBOLS = 1 << 20;

  /** Names looked at in all, whatever the image is made to look like. */
  private static final long MAX_STEPS = 64L << 20;

  private final ImageBytes image;
  private final int count;
  private final int namesAt;
  private final TokenTable tokens;
  private final AddressTable addresses;

  private KallsymsTables(
      ImageBytes image, int count, int namesAt, TokenTable tokens, AddressTable addresses) {
    this.image = image;
    this.count = count;
    this.namesAt = namesAt;
    this.tokens = tokens;
    this.addresses = addresses;
  }

  static KallsymsTables find(ImageBytes image) throws MalformedImageException {
    long steps = 0;
    for (int at = 0; at + 16 <= image.length(); at += 8) {
      long count = image.u64(at);
      if (count < MIN_SYMBOLS || count > MAX_SYMBOLS) {
        continue;
      }
      NameWalk walk = new NameWalk(image, (int) count, at + 8);
      boolean names = walk.run(MAX_STEPS - steps);
      steps += walk.steps();
      if (steps >= MAX_STEPS) {
        break;
      }
      OptionalInt tokensAt = names ? walk.tokensAt() : OptionalInt.empty();
      if (tokensAt.isPresent()) {
        TokenTable tokens = TokenTable.read(image, tokensAt.getAsInt());
        AddressTable addresses = AddressTable.find(image, (int) count, at, tokens.end());
        return new KallsymsTables(image, (int) count, at + 8, tokens, addresses);
      }
    }
    throw image.malformed(0, "has no kallsyms tables");
  }

  /** Type and name of each symbol, in the order of the addresses. */
  String[] names() throws MalformedImageException {
    String[] names = new String[count];
    int at = namesAt;
    for (int i = 0; i < count; i++) {
      int length = NameWalk.length(image, at);
      at += NameWalk.prefix(image, at);
      names[i] = tokens.expand(at, length);
      at += length;
    }
    return names;
  }

  long[] addresses() throws MalformedImageException {
    return addresses.all();
  }
}
