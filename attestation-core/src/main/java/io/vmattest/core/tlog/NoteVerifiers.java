// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.tlog.NoteRejectedException.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The keys that someone trusts for one purpose: those of a log, or those of its witnesses.
 * Immutable.
 *
 * @see <a href="https://c2sp.org/signed-note">Signed note, Signatures</a>
 */
public final class NoteVerifiers {
  private final List<NoteKey> keys;

  private NoteVerifiers(List<NoteKey> keys) {
    this.keys = keys;
  }

  /**
   * @throws IllegalArgumentException if two of the keys have the same name and ID, which a
   *     signature could not tell apart
   */
  public static NoteVerifiers of(Collection<NoteKey> keys) {
    long distinct = keys.stream().map(key -> key.id() + " " + key.name()).distinct().count();
    if (distinct != keys.size()) {
      throw new IllegalArgumentException("two keys with the same name and ID");
    }
    return new NoteVerifiers(List.copyOf(keys));
  }

  public static NoteVerifiers of(NoteKey... keys) {
    return of(List.of(keys));
  }

  public List<NoteKey> keys() {
    return keys;
  }

  /**
   * A signature that was verified.
   *
   * @param key that made it
   * @param time when it says that it was made, for a cosignature
   */
  public record Verified(NoteKey key, Optional<Instant> time) {}

  /**
   * Verifies a note.
   *
   * @return the signatures of the keys, at least one
   * @throws NoteRejectedException if a key's signature does not verify, or none of them signed
   */
  public List<Verified> verify(SignedNote note) throws NoteRejectedException {
    List<Verified> verified = verified(note);
    // "If no signature from a known key verifies successfully, clients MUST reject the note."
    if (verified.isEmpty()) {
      throw new NoteRejectedException(
          Reason.NO_KNOWN_SIGNATURE, "none of the known keys signed the note");
    }
    return verified;
  }

  /**
   * The signatures of the keys, if any: to be counted, where a quorum is wanted. A key that signed
   * twice is listed twice.
   *
   * @throws NoteRejectedException if a key's signature does not verify
   */
  public List<Verified> verified(SignedNote note) throws NoteRejectedException {
    byte[] text = StrictText.encode(note.text());
    List<Verified> verified = new ArrayList<>();
    for (NoteSignature signature : note.signatures()) {
      // "Verifiers MUST ignore signatures from unknown keys, even if they share a name or ID (but
      // not both) with a known key."
      Optional<NoteKey> known = keys.stream().filter(key -> key.isNamedBy(signature)).findFirst();
      if (known.isPresent()) {
        verified.add(verify(known.get(), text, signature.signature()));
      }
    }
    return verified;
  }

  private static Verified verify(NoteKey key, byte[] text, byte[] signature)
      throws NoteRejectedException {
    // "If the key name and ID match a known key, verifiers MUST verify the signature. If a
    // signature from a known key fails to verify, clients SHOULD reject the whole note."
    if (!key.verify(text, signature)) {
      throw new NoteRejectedException(
          Reason.INVALID_SIGNATURE, "the signature of " + key.name() + " does not verify");
    }
    return new Verified(key, key.type().time(signature));
  }
}
