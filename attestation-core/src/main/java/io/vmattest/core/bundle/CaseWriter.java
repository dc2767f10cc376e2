// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.tlog.TlogProof;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/** Puts a bundle together, file by file. */
public final class CaseWriter {
  private final Map<String, byte[]> files = new TreeMap<>();
  private Optional<CaseFile> core = Optional.empty();

  /** Signs a manifest, see {@link SignedManifest#sign}. */
  @FunctionalInterface
  public interface ManifestSigner {
    byte[] sign(CaseManifest manifest) throws GeneralSecurityException;
  }

  /**
   * Adds an entry of the ledger.
   *
   * @param body as the ledger has it
   */
  public CaseWriter add(CasePart part, LedgerEntryData entry, byte[] body, TlogProof proof) {
    files.put(part.body(), body.clone());
    files.put(part.entry(), entry.encoded());
    files.put(part.proof(), proof.encoded());
    return this;
  }

  /** Adds the evidence for the key that signed a report, as the report carries it. */
  public CaseWriter addKey(CasePart part, SignedReport report) {
    report.keyEvidence().ifPresent(bytes -> files.put(part.keyEvidence(), bytes));
    report.enrolment().ifPresent(bytes -> files.put(part.enrolment(), bytes));
    return this;
  }

  /** Adds where the state in question and the baseline differ, in JSON. */
  public CaseWriter addDifferences(byte[] json) {
    files.put(CaseFile.DIFFERENCES, json.clone());
    return this;
  }

  /** Lists the memory of the state in question, which is handed over on another way. */
  public CaseWriter listCore(CaseFile file) {
    core = Optional.of(file);
    return this;
  }

  /** The signed bundle of the case that an entry is. */
  public CaseBundle sign(LedgerEntryData subject, UUID vm, String outcome, ManifestSigner signer)
      throws GeneralSecurityException {
    List<CaseFile> listed =
        Stream.concat(
                files.entrySet().stream().map(f -> CaseFile.of(f.getKey(), f.getValue())),
                core.stream())
            .toList();
    CaseManifest manifest = new CaseManifest(subject.index(), subject.hash(), vm, outcome, listed);
    return new CaseBundle(signer.sign(manifest), files);
  }
}
