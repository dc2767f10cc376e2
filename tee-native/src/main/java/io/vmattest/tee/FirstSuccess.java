// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A value that is made when it is first asked for and then kept. Where making it fails, the next
 * call tries again: what was in the way may be gone. Thread-safe.
 */
final class FirstSuccess<T> {
  private final Supplier<T> maker;
  private volatile @Nullable T value;

  FirstSuccess(Supplier<T> maker) {
    this.maker = maker;
  }

  T get() {
    T known = value;
    return known != null ? known : make();
  }

  private synchronized T make() {
    T known = value;
    if (known == null) {
      known = maker.get();
      value = known;
    }
    return known;
  }
}
