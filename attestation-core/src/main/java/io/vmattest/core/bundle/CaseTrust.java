// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.tlog.NoteKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Whom the verifier of a case believes.
 *
 * @param results keys of manifests and results
 * @param log keys of the ledger's checkpoints
 * @param anchors of reports; if there are none, what hangs on them stays unchecked
 * @param at when certificates must be valid; else when each report was appended
 * @param core the memory of the state in question, if it is at hand
 */
public record CaseTrust(
    ResultKeys results,
    List<NoteKey> log,
    TrustAnchors anchors,
    Optional<Instant> at,
    Optional<CaseCore> core) {
  public CaseTrust {
    log = List.copyOf(log);
  }
}
