// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.server.ledger.AppendOutcome;
import io.vmattest.server.ledger.CheckedReport;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.ReportIngest;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.util.List;

/** One commit for a group of reports: when it returns, they are durable. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class GroupTransaction {
  private static final Logger LOG = System.getLogger(GroupTransaction.class.getName());

  @Inject ReportIngest ingest;
  @Inject Ledger ledger;

  /** What became of each, in their order. */
  public List<AppendOutcome> append(List<CheckedReport> group) {
    return ingest.appendAll(group);
  }

  /** Records a message that was refused. */
  public void reject(byte[] message, String reason) {
    ingest.reject(message, reason);
  }

  /** Whether the ledger can be read at this moment. */
  @TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
  public boolean answers() {
    try {
      ledger.head();
      return true;
    } catch (RuntimeException e) {
      LOG.log(Logger.Level.WARNING, "the ledger cannot be read: {0}", e);
      return false;
    }
  }
}
