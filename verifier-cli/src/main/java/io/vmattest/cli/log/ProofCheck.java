// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.MalformedEntryException;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.ProofRejectedException;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.TlogProof;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An entry that was shown to be in a log.
 *
 * @param witnesses that were wanted and cosigned the checkpoint, and when
 */
public record ProofCheck(
    LedgerEntryData entry,
    Digest leaf,
    Checkpoint checkpoint,
    SortedMap<String, Instant> witnesses) {
  public ProofCheck {
    witnesses = Collections.unmodifiableSortedMap(new TreeMap<>(witnesses));
  }

  /** What did not hold. */
  public enum Reason {
    /** The proof is none (C2SP tlog-proof). */
    PROOF_MALFORMED,
    /** The entry is none. */
    ENTRY_MALFORMED,
    /** None of the log's keys signed the checkpoint. */
    CHECKPOINT_SIGNATURE,
    /** Too few of the witnesses that are wanted cosigned the checkpoint. */
    WITNESSES,
    /** The entry is not where the proof says, or the proof is another's. */
    INCLUSION,
    /** The entry names another index than the one at which it is. */
    INDEX,
    /** The body is not what the entry's digest is over. */
    BODY
  }

  /** The entry is not shown to be in the log. */
  public static final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final Reason reason;

    FailedException(Reason reason, String message) {
      super(message);
      this.reason = reason;
    }

    public Reason reason() {
      return reason;
    }
  }

  /**
   * Checks a proof: entry, leaf hash, inclusion, the checkpoint's signature and cosignatures.
   *
   * @param proof as a file of tlog-proof has it
   * @param encoded the entry's CBOR
   * @param body that the entry's digest is to be over, if it is at hand
   * @param witnesses who must have cosigned the checkpoint
   * @throws IOException if the keys cannot be told apart
   */
  public static ProofCheck of(
      byte[] proof, byte[] encoded, Optional<byte[]> body, TrustedLog log, WitnessQuorum witnesses)
      throws FailedException, IOException {
    try {
      TlogProof parsed = TlogProof.parse(proof);
      SignedCheckpoint checkpoint = log.verify(parsed, encoded);
      LedgerEntryData entry = LedgerEntryData.parse(encoded);
      requireIndex(entry, parsed.index());
      requireBody(entry, body);
      return new ProofCheck(
          entry,
          MerkleTree.leafHash(encoded),
          checkpoint.checkpoint(),
          witnesses.require(checkpoint));
    } catch (MalformedTlogException e) {
      throw failed(Reason.PROOF_MALFORMED, e);
    } catch (NoteRejectedException e) {
      throw failed(Reason.CHECKPOINT_SIGNATURE, e);
    } catch (ProofRejectedException e) {
      throw failed(Reason.INCLUSION, e);
    } catch (MalformedEntryException e) {
      throw failed(Reason.ENTRY_MALFORMED, e);
    }
  }

  private static void requireIndex(LedgerEntryData entry, long index) throws FailedException {
    if (entry.index() != index) {
      throw new FailedException(
          Reason.INDEX,
          "the entry names the index %d, and is at %d".formatted(entry.index(), index));
    }
  }

  private static void requireBody(LedgerEntryData entry, Optional<byte[]> body)
      throws FailedException {
    Optional<Digest> digest = body.map(Digest::sha256);
    if (digest.isPresent() && !digest.get().equals(entry.body())) {
      throw new FailedException(
          Reason.BODY,
          "the body hashes to %s, and the entry's digest is %s"
              .formatted(digest.get(), entry.body()));
    }
  }

  private static FailedException failed(Reason reason, Exception e) {
    return new FailedException(reason, String.valueOf(e.getMessage()));
  }
}
