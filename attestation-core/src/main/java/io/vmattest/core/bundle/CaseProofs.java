// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.ProofRejectedException;
import io.vmattest.core.tlog.TlogProof;
import java.util.List;
import java.util.Map;

/** That a case's parts are in the ledger. */
final class CaseProofs {
  private CaseProofs() {}

  /**
   * @throws CaseRejectedException ENTRY_BODY, PROOF_MALFORMED, CHECKPOINT_SIGNATURE, PROOF_FALSE
   */
  static void require(CaseContents contents, CaseBundle bundle, List<NoteKey> log)
      throws CaseRejectedException {
    for (Map.Entry<CasePart, LedgerEntryData> part : contents.entries().entrySet()) {
      LedgerEntryData entry = part.getValue();
      String body = part.getKey().body();
      if (!Digest.sha256(CaseContents.file(bundle, body)).equals(entry.body())) {
        throw new CaseRejectedException(
            Reason.ENTRY_BODY, body, "The ledger's entry is of another body.");
      }
      String proof = part.getKey().proof();
      require(proof, CaseContents.file(bundle, proof), entry, log);
    }
  }

  private static void require(String name, byte[] bytes, LedgerEntryData entry, List<NoteKey> log)
      throws CaseRejectedException {
    try {
      TlogProof proof = TlogProof.parse(bytes);
      String origin = proof.checkpoint().text().lines().findFirst().orElse("");
      NoteVerifiers keys =
          NoteVerifiers.of(log.stream().filter(key -> key.name().equals(origin)).toList());
      proof.verify(entry.encoded(), origin, keys);
      if (proof.index() != entry.index()) {
        throw new CaseRejectedException(
            Reason.PROOF_FALSE, name, "The entry names another index than its place.");
      }
    } catch (MalformedTlogException e) {
      throw rejected(Reason.PROOF_MALFORMED, name, e);
    } catch (NoteRejectedException | IllegalArgumentException e) {
      throw rejected(Reason.CHECKPOINT_SIGNATURE, name, e);
    } catch (ProofRejectedException e) {
      throw rejected(Reason.PROOF_FALSE, name, e);
    }
  }

  private static CaseRejectedException rejected(Reason reason, String name, Exception e) {
    return new CaseRejectedException(reason, name, name + ": " + e.getMessage(), e);
  }
}
