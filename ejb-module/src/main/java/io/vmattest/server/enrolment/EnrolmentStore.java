// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.enrolment;

import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Enrolments, each recorded in the ledger. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class EnrolmentStore {
  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject EventPublisher events;

  public Optional<byte[]> find(Digest keyEvidence) {
    return Optional.ofNullable(em.find(EnrolmentRow.class, keyEvidence.hex()))
        .map(EnrolmentRow::cose);
  }

  public void record(KeyEvidence evidence, byte[] enrolment, Instant at) {
    String device = evidence.device() + " (" + evidence.description() + ")";
    em.merge(new EnrolmentRow(evidence.digest(), at, enrolment));
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.ENROLMENT,
            Optional.empty(),
            enrolment,
            "enrolled key " + evidence.digest().hex() + " in " + device);
    events.publish(
        entry.hash().hex(),
        new ServerEvent(
            ServerEvent.Type.ENROLMENT,
            entry.data().at(),
            Optional.empty(),
            Map.of(
                "keyEvidence", evidence.digest().hex(),
                "device", device,
                "ledgerIndex", Long.toString(entry.data().index()))));
  }
}
