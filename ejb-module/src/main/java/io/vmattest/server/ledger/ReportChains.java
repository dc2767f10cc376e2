// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.util.Optional;
import java.util.UUID;

/**
 * Gives the reports of a VM their numbers. Who has taken the next link holds the VM's row until the
 * transaction ends, so that two captures never get the same one.
 */
@Stateless
@TransactionAttribute(TransactionAttributeType.MANDATORY)
public class ReportChains {
  @Inject EntityManager em;

  /**
   * What the next report must carry.
   *
   * @param appended whether the previous report is in the ledger already
   */
  public record Link(long sequence, Optional<Digest> previous, boolean appended) {}

  /** Makes the VM's row, so that there is one to lock. */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public void open(UUID vm) {
    if (em.find(ReportChainRow.class, vm.toString()) == null) {
      em.persist(new ReportChainRow(vm));
    }
  }

  /**
   * Takes the next link of a VM whose row was opened. A report that was rejected is not counted:
   * the next one takes its place.
   */
  public Link take(UUID vm) {
    ReportChainRow row = locked(vm);
    Optional<VmState> appended = appended(vm);
    if (appended.map(VmState::lastSequence).orElse(0L) > row.sequence() || rejected(row)) {
      row.set(appended.map(VmState::lastSequence).orElse(0L), appended.map(VmState::lastDigest));
    }
    boolean settled = appended.map(VmState::lastDigest).equals(row.digest());
    return new Link(row.sequence() + 1, row.digest(), settled);
  }

  /** Whether the VM's last report is appended, or was rejected; its row must be open. */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public boolean isSettled(UUID vm) {
    return take(vm).appended();
  }

  /** Says which report was made with the link. */
  public void advance(UUID vm, long sequence, Digest digest) {
    locked(vm).set(sequence, Optional.of(digest));
  }

  private boolean rejected(ReportChainRow row) {
    return row.digest().map(d -> em.find(RejectedRow.class, d.hex()) != null).orElse(false);
  }

  private ReportChainRow locked(UUID vm) {
    return em.find(ReportChainRow.class, vm.toString(), LockModeType.PESSIMISTIC_WRITE);
  }

  private Optional<VmState> appended(UUID vm) {
    return Optional.ofNullable(em.find(VmStateRow.class, vm.toString())).map(VmStateRow::toState);
  }
}
