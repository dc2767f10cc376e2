// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.UUID;

/** What attests the snapshots that the host keeps. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class AttestedSnapshots {
  @Inject Snapshots snapshots;
  @Inject Reports reports;

  /**
   * The verified report of a snapshot.
   *
   * @throws ServiceException with NO_SUCH_SNAPSHOT, NO_SUCH_REPORT, SNAPSHOT_DAMAGED
   */
  public StoredReport report(UUID vm, Digest snapshot) {
    return snapshots
        .get(vm, snapshot)
        .report()
        .map(r -> reports.getVerified(r.digest()))
        .filter(stored -> stored.report().snapshot().equals(snapshot))
        .orElseThrow(
            () ->
                new ServiceException(
                    Problem.SNAPSHOT_DAMAGED,
                    "the report beside snapshot " + snapshot.hex() + " does not attest it"));
  }
}
