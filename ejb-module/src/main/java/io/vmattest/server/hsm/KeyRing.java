// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.SecretKey;

/**
 * The keys that a token had when it was read.
 *
 * @param secrets by label: what seals, and what wraps
 * @param logs by generation
 */
record KeyRing(Map<String, SecretKey> secrets, Map<Integer, LogPair> logs) {

  /** The private half is a handle of the token's. */
  record LogPair(String label, PrivateKey privateKey, PublicKey publicKey) {}

  KeyRing {
    secrets = Map.copyOf(secrets);
    logs = Collections.unmodifiableMap(new TreeMap<>(logs));
  }

  /** Reads all of ours; other applications' keys in the same token are left alone. */
  static KeyRing read(KeyStore store) throws GeneralSecurityException {
    Map<String, SecretKey> secrets = new HashMap<>();
    Map<Integer, LogPair> logs = new HashMap<>();
    for (String alias : Collections.list(store.aliases())) {
      Optional<Integer> log = KeyKind.LOG.generation(alias);
      boolean secret =
          KeyKind.SEAL.generation(alias).isPresent() || KeyKind.DATA.generation(alias).isPresent();
      if (log.isEmpty() && !secret) {
        continue;
      }
      Key key = store.getKey(alias, null);
      if (secret && key instanceof SecretKey secretKey) {
        secrets.put(alias, secretKey);
      } else if (log.isPresent() && key instanceof PrivateKey privateKey) {
        PublicKey publicKey = store.getCertificate(alias).getPublicKey();
        logs.put(log.get(), new LogPair(alias, privateKey, publicKey));
      }
    }
    return new KeyRing(secrets, logs);
  }

  Optional<LogPair> log(String label) {
    return KeyKind.LOG.generation(label).flatMap(n -> Optional.ofNullable(logs.get(n)));
  }

  /** The newest generation of which every key is there; 0 if there is none. */
  int generation() {
    return logs.keySet().stream().filter(this::isWhole).mapToInt(Integer::intValue).max().orElse(0);
  }

  boolean isWhole(int generation) {
    return logs.containsKey(generation)
        && secrets.containsKey(KeyKind.SEAL.label(generation))
        && secrets.containsKey(KeyKind.DATA.label(generation));
  }

  /** Whether it has each log key of another ring, and the same one. */
  boolean continues(KeyRing earlier) {
    return earlier.logs.values().stream()
        .allMatch(
            pair ->
                logs.values().stream()
                    .anyMatch(
                        own ->
                            own.label().equals(pair.label())
                                && own.publicKey().equals(pair.publicKey())));
  }
}
