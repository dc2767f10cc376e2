// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.libvirt.HostLink;
import java.util.Optional;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/**
 * A rollback as a branch of a transaction (JTA, XA). Until it is prepared, a failure brings the
 * suspect back; after, only the transaction manager decides, through this process or a later one.
 */
public final class RollbackXaResource implements XAResource {
  private final Rollbacks rollbacks;
  private final Rollbacks.Links links;
  private Optional<BranchId> associated = Optional.empty();

  public RollbackXaResource(Rollbacks rollbacks, Rollbacks.Links links) {
    this.rollbacks = rollbacks;
    this.links = links;
  }

  /**
   * Rolls a VM back in the transaction that this resource is enlisted in.
   *
   * @throws IllegalStateException if there is none
   */
  public RollbackResult rollBack(HostLink link, RollbackRequest request, ProgressListener progress)
      throws HypervisorException {
    BranchId id;
    synchronized (this) {
      id =
          associated.orElseThrow(
              () -> new IllegalStateException("a rollback needs a transaction, and there is none"));
      // Before another thread can end the transaction, which then finds what it has to doom.
      rollbacks.begin(id);
    }
    return rollbacks.replace(link, id, request, progress);
  }

  @Override
  public synchronized void start(Xid xid, int flags) throws XAException {
    if (associated.isPresent()) {
      throw new XAException(XAException.XAER_PROTO);
    }
    associated = Optional.of(BranchId.of(xid));
  }

  @Override
  public synchronized void end(Xid xid, int flags) throws XAException {
    if (associated.isPresent() && !associated.get().equals(BranchId.of(xid))) {
      throw new XAException(XAException.XAER_NOTA);
    }
    associated = Optional.empty();
  }

  @Override
  public int prepare(Xid xid) throws XAException {
    try {
      return rollbacks.prepare(links, BranchId.of(xid)) ? XA_OK : XA_RDONLY;
    } catch (HypervisorException e) {
      throw failure(XAException.XA_RBROLLBACK, e);
    }
  }

  @Override
  public void commit(Xid xid, boolean onePhase) throws XAException {
    int failed = onePhase ? XAException.XA_RBROLLBACK : XAException.XAER_RMFAIL;
    try {
      if (onePhase) {
        rollbacks.commitOnePhase(links, BranchId.of(xid));
      } else {
        rollbacks.commit(links, BranchId.of(xid));
      }
    } catch (HypervisorException e) {
      throw failure(failed, e);
    } catch (IllegalStateException e) {
      throw failure(XAException.XAER_PROTO, e);
    }
  }

  @Override
  public void rollback(Xid xid) throws XAException {
    try {
      rollbacks.undo(links, BranchId.of(xid));
    } catch (HypervisorException e) {
      throw failure(XAException.XAER_RMFAIL, e);
    }
  }

  @Override
  public Xid[] recover(int flag) throws XAException {
    if ((flag & TMSTARTRSCAN) == 0) {
      return new Xid[0];
    }
    try {
      return rollbacks.prepared().toArray(Xid[]::new);
    } catch (HypervisorException e) {
      throw failure(XAException.XAER_RMERR, e);
    }
  }

  @Override
  public void forget(Xid xid) throws XAException {
    try {
      rollbacks.forget(BranchId.of(xid));
    } catch (HypervisorException e) {
      throw failure(XAException.XAER_RMERR, e);
    }
  }

  /** Each connection has a branch of its own. */
  @Override
  public boolean isSameRM(XAResource other) {
    return this == other;
  }

  @Override
  public int getTransactionTimeout() {
    return 0;
  }

  @Override
  public boolean setTransactionTimeout(int seconds) {
    return false;
  }

  private static XAException failure(int code, Exception cause) {
    XAException failure = new XAException(code);
    failure.initCause(cause);
    return failure;
  }
}
