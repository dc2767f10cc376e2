// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import io.vmattest.introspection.image.vmlinux.ImageSymbols;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;

/** A kernel's image, relocated as the live one is: what the values of sites are compared with. */
public final class LoadedKernel {
  private static final int ENDBR_SIZE = 4;

  private final CodeImage image;
  private final ImageSymbols symbols;
  private final long kaslrOffset;
  private final Map<Long, PatchSite> nested;
  private final LongPredicate modules;

  LoadedKernel(
      CodeImage image, long kaslrOffset, Map<Long, PatchSite> nested, LongPredicate modules) {
    this.image = image;
    this.symbols = image.symbols();
    this.kaslrOffset = kaslrOffset;
    this.nested = nested;
    this.modules = modules;
  }

  /** What the decompressor put at a link-time address. */
  byte[] original(long address, int length) throws MalformedImageException {
    return image.kernel().isPresent() && !image.loaded().contains(address, length)
        ? image.kernel().get().loaded().copy(address, length)
        : image.loaded(address, length, kaslrOffset);
  }

  /** Whether a function of the kernel's own text begins there, or does so but for its ENDBR64. */
  boolean isFunction(long target) throws MalformedImageException {
    if (!isText(target, 1)) {
      return false;
    }
    long beforeEndbr = target - ENDBR_SIZE;
    return symbols.isStart(target)
        || (symbols.isStart(beforeEndbr)
            && isText(beforeEndbr, ENDBR_SIZE)
            && Instructions.isEndbr(original(beforeEndbr, ENDBR_SIZE)));
  }

  /**
   * Whether a static call may lead there: the functions of modules are called so as well, by the
   * kernel and by other modules.
   */
  boolean isCallable(long target) throws MalformedImageException {
    return isFunction(target) || modules.test(target);
  }

  private boolean isText(long address, int length) {
    return image.text().contains(address, length)
        || image.kernel().filter(kernel -> kernel.text().contains(address, length)).isPresent();
  }

  /** Whether a symbol of that name stands at the address. */
  boolean isSymbol(String name, long address) {
    var symbol = symbols.address(name);
    return symbol.isPresent() && symbol.getAsLong() == address;
  }

  /** The site that begins there within an alternative's instructions, old or new. */
  Optional<PatchSite> nested(long address) {
    return Optional.ofNullable(nested.get(address));
  }
}
