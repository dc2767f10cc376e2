// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens the token that the settings name, and no other than before. Used by one thread at a time.
 */
final class TokenOpener {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Supplier<HsmSettings> settings;
  private final Duration settling;
  private final Object making = new Object();
  private @Nullable HsmSettings used;
  private @Nullable PinFile pins;
  private @Nullable Provider tokenless;
  private boolean tried;
  private boolean restarts = true;
  private volatile @Nullable KeyRing known;

  /**
   * @param settling see {@link GenerationClaim}
   */
  TokenOpener(Supplier<HsmSettings> settings, Duration settling) {
    this.settings = settings;
    this.settling = settling;
  }

  /**
   * Has the library begin anew if it was used before, logs in and reads the keys; makes the first
   * generation if there is none.
   *
   * @throws HsmUnavailableException if anything is in the way that has a name
   */
  OpenToken open() throws GeneralSecurityException {
    HsmSettings now = settings.get();
    PinFile pin = pins(now);
    // Before anything is asked of the token: a PIN that it refused is none.
    Arrays.fill(pin.read(), '\0');
    Pkcs11Library library = new Pkcs11Library(now.library());
    OpenToken token = OpenToken.open(library, now, pin, provider(library, now));
    KeyRing earlier = known;
    if (earlier != null && !token.ring().continues(earlier)) {
      throw new HsmUnavailableException("the slot holds another token than before");
    }
    if (!token.ring().isWhole(token.ring().sealed())) {
      make(token, token.ring().sealed());
    }
    known = token.ring();
    return token;
  }

  /** Makes a generation, if no other server is faster. */
  void make(OpenToken token, int generation) throws GeneralSecurityException {
    synchronized (making) {
      new GenerationClaim(token, new KeyMaker(token), settling, PATIENCE).make(generation);
      known = token.ring();
    }
  }

  /** Whether a library that was used before can begin anew; see {@link Pkcs11Library}. */
  boolean restarts() {
    return restarts;
  }

  private PinFile pins(HsmSettings now) {
    PinFile pin = pins;
    if (pin == null || !now.equals(used)) {
      pin = new PinFile(now.pinFile());
      pins = pin;
      used = now;
      tokenless = null;
    }
    return pin;
  }

  /** A slot without token has a provider that waits for one by itself: the one to ask again. */
  private Provider provider(Pkcs11Library library, HsmSettings now) {
    Provider provider = tokenless;
    if (provider == null) {
      if (tried) {
        restarts = library.restart();
      }
      tried = true;
      provider = library.provider(now.slotIndex(), "");
    }
    if (provider.getService("KeyStore", "PKCS11") == null) {
      tokenless = provider;
      throw new HsmUnavailableException("no token in the slot of index " + now.slotIndex());
    }
    tokenless = null;
    return provider;
  }
}
