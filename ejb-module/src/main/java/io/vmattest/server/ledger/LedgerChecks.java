// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.server.archive.ArchiveFolder;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.Operations;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * Checks the whole ledger in the database: every body and entry is hashed again, every seal made
 * again in the HSM, every stored tile and checkpoint compared with the tree over the entries, every
 * result verified.
 */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class LedgerChecks {
  /** What such operations are called. */
  static final String KIND = "ledger-check";

  @Inject AuditReader reader;
  @Inject Ledger ledger;
  @Inject LedgerProofs proofs;
  @Inject LedgerStanding standing;
  @Inject LogKeys keys;
  @Inject ResultSigners results;
  @Inject Seals seals;
  @Inject Operations operations;

  /**
   * Starts a check.
   *
   * @throws io.vmattest.server.problem.ServiceException with BUSY
   */
  public Operation start() {
    return operations.start(KIND, Optional.empty(), this::run);
  }

  private JsonObject run(ProgressListener progress) {
    AuditReader.Extent extent = reader.extent();
    LedgerCheck check =
        new LedgerCheck(
            reader,
            ArchiveFolder.ofState(),
            seals,
            keys.knownVerifiers(ledger.origin()),
            results.keys(),
            ledger.origin());
    List<LedgerFinding> findings = check.run(extent, proofs::stored, progress);
    JsonArrayBuilder array = JSON.createArrayBuilder();
    findings.forEach(finding -> array.add(json(finding)));
    if (!standing.isCurrent()) {
      array.add(json(older()));
    }
    return JSON.createObjectBuilder().add("size", extent.size()).add("findings", array).build();
  }

  private static LedgerFinding older() {
    return new LedgerFinding(
        LedgerFinding.Kind.DATABASE_OLDER, 0, "the TPM's counter is not where the database says");
  }

  private static JsonObject json(LedgerFinding finding) {
    return JSON.createObjectBuilder()
        .add("kind", finding.kind().name())
        .add("index", finding.index())
        .add("detail", finding.detail())
        .build();
  }
}
