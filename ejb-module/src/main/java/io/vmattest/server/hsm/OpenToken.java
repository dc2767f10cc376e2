// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A token that is logged in to, and its keys as last read. Valid until the library begins anew. */
final class OpenToken {
  /** How soon keys are seen that another server made. */
  private static final Duration REREAD = Duration.ofSeconds(30);

  /** A label that is not there is looked for at most this often. */
  private static final Duration MISSING = Duration.ofSeconds(1);

  private final Pkcs11Library library;
  private final HsmSettings settings;
  private final PinFile pins;
  private final Provider provider;
  private final String label;
  private volatile Reading reading;

  private record Reading(KeyRing ring, long nanos) {
    boolean isOlderThan(Duration age) {
      return System.nanoTime() - nanos > age.toNanos();
    }
  }

  private OpenToken(
      Pkcs11Library library, HsmSettings settings, PinFile pins, Provider provider, KeyRing ring) {
    this.library = library;
    this.settings = settings;
    this.pins = pins;
    this.provider = provider;
    this.label = library.tokenLabel(settings.slotIndex()).orElse("");
    this.reading = new Reading(ring, System.nanoTime());
  }

  /**
   * Logs in to the token that a provider has found.
   *
   * @throws HsmUnavailableException if the PIN is or was refused
   */
  static OpenToken open(
      Pkcs11Library library, HsmSettings settings, PinFile pins, Provider provider)
      throws GeneralSecurityException {
    KeyRing ring = KeyRing.read(load(provider, pins));
    return new OpenToken(library, settings, pins, provider, ring);
  }

  Provider provider() {
    return provider;
  }

  /** The token's own; empty where the JDK cannot be asked for it. */
  String label() {
    return label;
  }

  Path library() {
    return settings.library();
  }

  KeyRing ring() throws GeneralSecurityException {
    return ring(REREAD);
  }

  /** The keys as they were read no longer ago than that, or could be. */
  KeyRing ring(Duration age) throws GeneralSecurityException {
    KeyRing ring = reading.ring();
    if (!reading.isOlderThan(age)) {
      return ring;
    }
    try {
      return reread();
    } catch (HsmUnavailableException e) {
      // The PIN file's fault, of which who is logged in needs nothing.
      reading = new Reading(ring, System.nanoTime());
      return ring;
    }
  }

  synchronized KeyRing reread() throws GeneralSecurityException {
    KeyRing ring = KeyRing.read(load(provider));
    reading = new Reading(ring, System.nanoTime());
    return ring;
  }

  /**
   * A key of the ring, which is read again if it has none: another server may have made it.
   *
   * @throws HsmKeyMissingException if there is none
   */
  <K> K key(String keyLabel, Function<KeyRing, Optional<K>> finder)
      throws GeneralSecurityException {
    Optional<K> key = finder.apply(ring());
    if (key.isEmpty() && reading.isOlderThan(MISSING)) {
      key = finder.apply(reread());
    }
    return key.orElseThrow(() -> new HsmKeyMissingException(keyLabel));
  }

  /** Another view of the token, with other attributes for what is made through it. */
  Provider provider(String attributes) {
    return library.provider(settings.slotIndex(), attributes);
  }

  List<String> aliases() throws GeneralSecurityException {
    return Collections.list(load(provider).aliases());
  }

  void delete(String alias) throws GeneralSecurityException {
    KeyStore store = load(provider);
    if (store.containsAlias(alias)) {
      store.deleteEntry(alias);
    }
  }

  KeyStore load(Provider view) throws GeneralSecurityException {
    return load(view, pins);
  }

  private static KeyStore load(Provider provider, PinFile pins) throws GeneralSecurityException {
    char[] pin = pins.read();
    try {
      KeyStore store = KeyStore.getInstance("PKCS11", provider);
      store.load(null, pin);
      return store;
    } catch (IOException e) {
      if (Pkcs11Errors.refusesPin(e)) {
        String code = Pkcs11Errors.text(e);
        pins.refused(pin, code);
        throw new HsmUnavailableException("the token refuses the PIN: " + code, e);
      }
      throw new GeneralSecurityException("the token cannot be read: " + Pkcs11Errors.text(e), e);
    } finally {
      Arrays.fill(pin, '\0');
    }
  }
}
