// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.List;

/** One commit for a group of reports: when it returns, they are durable. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class GroupTransaction {
  @Inject ReportIngest ingest;

  /** What became of each, in their order. */
  public List<AppendOutcome> append(List<CheckedReport> group) {
    return ingest.appendAll(group);
  }

  /** Records a message that was refused. */
  public void reject(byte[] message, String reason) {
    ingest.reject(message, reason);
  }
}
