// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.server.hsm.WrappedKey;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The data keys, each unwrapped once. A server encrypts only by keys that it made itself since it
 * was started: so it alone counts what they encrypted, and servers cannot get into each other's
 * way. Any thread may call.
 */
@ApplicationScoped
public class BodyKeys {
  /**
   * How many bodies a key encrypts. SP 800-38D, 8.3, allows 2^32 random nonces; after 2^28 two of
   * them are the same with a probability of 2^-41.
   */
  static final long MOST = 1L << 28;

  @Inject KeyWrapping wrapping;
  @Inject BodyKeyStore store;
  @Inject Clock clock;

  private final SecureRandom random = new SecureRandom();
  private final Map<String, BodyKey> known = new ConcurrentHashMap<>();
  private @Nullable Writing writing;
  private final long most;

  /** The key that is written with, by which of the HSM's it is wrapped, and for how many more. */
  private record Writing(BodyKey key, String wrappingKey, long left) {
    boolean serves(String newest, int bodies) {
      return wrappingKey.equals(newest) && left >= bodies;
    }

    Writing without(int bodies) {
      return new Writing(key, wrappingKey, left - bodies);
    }
  }

  public BodyKeys() {
    this(MOST);
  }

  /** With another bound, for tests. */
  BodyKeys(long most) {
    this.most = most;
  }

  /**
   * The key for so many bodies: a new one at first, once the HSM's keys were rotated, and when the
   * last one has encrypted enough. Only for a new one is the HSM called.
   *
   * @throws io.vmattest.server.problem.ServiceException with HSM_UNAVAILABLE
   */
  public synchronized BodyKey forNew(int bodies) {
    Writing current = writing;
    if (current == null || !current.serves(wrapping.newest(), bodies)) {
      current = made();
    }
    writing = current.without(bodies);
    return current.key();
  }

  private Writing made() {
    String id = UUID.randomUUID().toString();
    byte[] secret = new byte[BodyKey.BYTES];
    random.nextBytes(secret);
    WrappedKey wrapped = wrapping.wrap(secret, aad(id));
    BodyKey key = BodyKey.of(id, secret);
    Arrays.fill(secret, (byte) 0);
    store.add(new BodyKeyRow(id, wrapped, clock.instant()));
    known.put(id, key);
    return new Writing(key, wrapped.keyLabel(), most);
  }

  /**
   * A body as it was before it was stored.
   *
   * @throws UnreadableBodyException if it does not belong there, or its key is not there
   * @throws io.vmattest.server.problem.ServiceException with HSM_UNAVAILABLE
   */
  public byte[] open(StoredBody body, BodyPlace place) throws UnreadableBodyException {
    return body.key().isEmpty()
        ? body.bytes()
        : BodyCipher.decrypt(key(body.key().get()).secret(), body.bytes(), place.aad());
  }

  private BodyKey key(String id) throws UnreadableBodyException {
    BodyKey key = known.get(id);
    if (key == null) {
      key = unwrapped(id);
      known.put(id, key);
    }
    return key;
  }

  private BodyKey unwrapped(String id) throws UnreadableBodyException {
    BodyKeyRow row =
        store
            .find(id)
            .orElseThrow(
                () -> new UnreadableBodyException("is encrypted by key " + id + ", which is gone"));
    return BodyKey.of(id, wrapping.unwrap(row.wrapped(), aad(id)));
  }

  private static byte[] aad(String id) {
    return ("vmattest body key 1 " + id).getBytes(UTF_8);
  }
}
