// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.security.GeneralSecurityException;
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
 * @param logs by generation: what signs checkpoints
 * @param results by generation: what signs results
 */
record KeyRing(
    Map<String, SecretKey> secrets,
    Map<Integer, SigningPair> logs,
    Map<Integer, SigningPair> results) {

  /** The private half is a handle of the token's. */
  record SigningPair(String label, PrivateKey privateKey, PublicKey publicKey) {}

  KeyRing {
    secrets = Map.copyOf(secrets);
    logs = Collections.unmodifiableMap(new TreeMap<>(logs));
    results = Collections.unmodifiableMap(new TreeMap<>(results));
  }

  /** Reads all of ours; other applications' keys in the same token are left alone. */
  static KeyRing read(KeyStore store) throws GeneralSecurityException {
    Map<String, SecretKey> secrets = new HashMap<>();
    Map<Integer, SigningPair> logs = new HashMap<>();
    Map<Integer, SigningPair> results = new HashMap<>();
    for (String alias : Collections.list(store.aliases())) {
      if (KeyKind.SEAL.generation(alias).isPresent()
          || KeyKind.DATA.generation(alias).isPresent()) {
        if (store.getKey(alias, null) instanceof SecretKey secret) {
          secrets.put(alias, secret);
        }
      } else {
        addPair(store, alias, KeyKind.LOG, logs);
        addPair(store, alias, KeyKind.RESULT, results);
      }
    }
    return new KeyRing(secrets, logs, results);
  }

  private static void addPair(
      KeyStore store, String alias, KeyKind kind, Map<Integer, SigningPair> pairs)
      throws GeneralSecurityException {
    Optional<Integer> generation = kind.generation(alias);
    if (generation.isPresent() && store.getKey(alias, null) instanceof PrivateKey privateKey) {
      PublicKey publicKey = store.getCertificate(alias).getPublicKey();
      pairs.put(generation.get(), new SigningPair(alias, privateKey, publicKey));
    }
  }

  Optional<SigningPair> signing(String label) {
    return KeyKind.LOG
        .generation(label)
        .map(logs::get)
        .or(() -> KeyKind.RESULT.generation(label).map(results::get));
  }

  /** The newest generation of which every key is there; 0 if there is none. */
  int generation() {
    return logs.keySet().stream().filter(this::isWhole).mapToInt(Integer::intValue).max().orElse(0);
  }

  /**
   * The newest generation that has a seal, which is made last; 1 if there is none. A token of a
   * build that knew fewer kinds of keys lacks the others in it.
   */
  int sealed() {
    return secrets.keySet().stream()
        .flatMap(label -> KeyKind.SEAL.generation(label).stream())
        .max(Integer::compare)
        .orElse(1);
  }

  boolean isWhole(int generation) {
    return logs.containsKey(generation)
        && results.containsKey(generation)
        && secrets.containsKey(KeyKind.SEAL.label(generation))
        && secrets.containsKey(KeyKind.DATA.label(generation));
  }

  /** Whether it has each signing key of another ring, and the same one. */
  boolean continues(KeyRing earlier) {
    return hasAll(logs, earlier.logs) && hasAll(results, earlier.results);
  }

  private static boolean hasAll(
      Map<Integer, SigningPair> pairs, Map<Integer, SigningPair> earlier) {
    return earlier.entrySet().stream()
        .allMatch(
            pair ->
                pairs.containsKey(pair.getKey())
                    && pairs.get(pair.getKey()).publicKey().equals(pair.getValue().publicKey()));
  }
}
