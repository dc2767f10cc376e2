// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.AddCheckpointRequest;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.NoteSignature;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.WitnessAnswers;
import io.vmattest.server.witness.WitnessException.Reason;
import java.util.List;

/** Has one witness cosign checkpoints. Remembers which tree it has seen last. Not thread-safe. */
final class Witness {
  /** The size that is remembered, the one that the witness names, and one that a race changed. */
  private static final int ATTEMPTS = 3;

  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int UNPROCESSABLE = 422;

  private final WitnessSettings settings;
  private final WitnessHttp http;
  private long seen;

  /** Gives proofs over the log's tree. */
  @FunctionalInterface
  interface Proofs {
    /** RFC 6962, 2.1.2. */
    List<Digest> consistency(long first, long second);
  }

  /**
   * @param seen size of the tree that it cosigned last, as far as is known
   */
  Witness(WitnessSettings settings, WitnessHttp http, long seen) {
    this.settings = settings;
    this.http = http;
    this.seen = seen;
  }

  /**
   * Asks for a cosignature.
   *
   * @return the witness's cosignatures, verified
   */
  List<NoteSignature> cosign(SignedCheckpoint checkpoint, Proofs proofs) throws WitnessException {
    long size = checkpoint.checkpoint().size();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      WitnessHttp.Answer answer = http.ask(settings.prefix(), request(checkpoint, proofs));
      if (answer.status() == OK) {
        List<NoteSignature> cosignatures = verified(answer.body(), checkpoint);
        seen = size;
        return cosignatures;
      }
      if (answer.status() != CONFLICT) {
        throw refused(answer);
      }
      seen = conflicting(answer.body(), size);
    }
    throw new WitnessException(Reason.REFUSED, "it names another size each time (409)");
  }

  private AddCheckpointRequest request(SignedCheckpoint checkpoint, Proofs proofs) {
    long size = checkpoint.checkpoint().size();
    // What was seen of a tree that was put back since is not in this one.
    long old = Math.min(seen, size);
    List<Digest> proof = old == 0 || old == size ? List.of() : proofs.consistency(old, size);
    return new AddCheckpointRequest(old, proof, checkpoint.note());
  }

  /** The size that the witness has, from which a proof can lead to ours. */
  private long conflicting(byte[] body, long size) throws WitnessException {
    long has;
    try {
      has = WitnessAnswers.size(body);
    } catch (MalformedTlogException e) {
      // It may say so without a size only where it has another root of this very size.
      throw seen >= size
          ? ahead("it has another tree of " + size + " entries (409)")
          : new WitnessException(Reason.REFUSED, "it answers 409 without a size", e);
    }
    if (has > size) {
      throw ahead("it cosigned a tree of " + has + " entries, and this one has " + size);
    }
    if (has == Math.min(seen, size)) {
      throw ahead("it has another tree of " + has + " entries (409)");
    }
    return has;
  }

  private static WitnessException ahead(String message) {
    return new WitnessException(Reason.AHEAD, message);
  }

  private List<NoteSignature> verified(byte[] body, SignedCheckpoint checkpoint)
      throws WitnessException {
    try {
      return WitnessAnswers.cosignatures(body, checkpoint, NoteVerifiers.of(settings.key()));
    } catch (MalformedTlogException | NoteRejectedException e) {
      throw new WitnessException(Reason.BAD_COSIGNATURE, String.valueOf(e.getMessage()), e);
    }
  }

  private static WitnessException refused(WitnessHttp.Answer answer) {
    return switch (answer.status()) {
      case NOT_FOUND -> new WitnessException(Reason.UNKNOWN_LOG, "it does not know this log (404)");
      case FORBIDDEN ->
          new WitnessException(
              Reason.UNTRUSTED_KEY, "it trusts none of the keys that signed (403)");
      case UNPROCESSABLE ->
          new WitnessException(
              Reason.INCONSISTENT, "to it, the tree is not the one that it cosigned, grown (422)");
      default -> new WitnessException(Reason.REFUSED, "it answers " + answer.status());
    };
  }
}
