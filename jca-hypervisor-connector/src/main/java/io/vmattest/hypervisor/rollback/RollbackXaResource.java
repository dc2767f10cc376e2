// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.libvirt.HostLink;
import java.util.Optional;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/**
 * A rollback as a branch of a transaction (JTA 2.0, 3.4; X/Open XA, C193, 5). Until it is prepared,
 * a failure brings the suspect back; after, only the transaction manager decides, through this
 * process or a later one; or a person, where its log is lost.
 *
 * <table>
 * <caption>What each call answers, by what the journal has of the branch</caption>
 * <tr><th>call</th><th>nothing</th><th>not prepared</th><th>prepared</th><th>decided by hand</th></tr>
 * <tr><td>prepare</td><td>XA_RDONLY</td><td>XA_OK if this process restored it in time; else it is
 * undone: XA_RBROLLBACK, XA_RBTIMEOUT</td><td>XA_OK</td><td>XA_RBROLLBACK</td></tr>
 * <tr><td>commit</td><td>done: it may be asked again</td><td>XAER_PROTO</td><td>done, or XAER_RMFAIL
 * to be asked again</td><td>XA_HEURCOM or XA_HEURRB (xa_commit)</td></tr>
 * <tr><td>commit, one phase</td><td>done</td><td>done, or undone: XA_RBROLLBACK</td><td>done, or
 * XA_RBROLLBACK</td><td>XA_RBROLLBACK</td></tr>
 * <tr><td>rollback</td><td>done</td><td>undone, or XAER_RMFAIL</td><td>undone, or XAER_RMFAIL</td>
 * <td>XA_HEURCOM or XA_HEURRB (xa_rollback)</td></tr>
 * <tr><td>recover</td><td></td><td>not listed</td><td>listed</td><td>listed until forgotten
 * (xa_recover)</td></tr>
 * <tr><td>forget</td><td>done</td><td>XAER_PROTO</td><td>XAER_PROTO: its VM would be left paused</td>
 * <td>the record goes, once the work is done (xa_forget)</td></tr>
 * </table>
 */
public final class RollbackXaResource implements XAResource {
  private final Rollbacks rollbacks;
  private final Rollbacks.Links links;
  private final Expiry expiry = new Expiry();
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
    expiry.begin((flags & (TMJOIN | TMRESUME)) == 0);
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
    if (expiry.isOver()) {
      throw timedOut(BranchId.of(xid));
    }
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
        tellHeuristic(rollbacks.commit(links, BranchId.of(xid)));
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
      tellHeuristic(rollbacks.undo(links, BranchId.of(xid)));
    } catch (HypervisorException e) {
      throw failure(XAException.XAER_RMFAIL, e);
    }
  }

  private XAException timedOut(BranchId id) {
    XAException why = new XAException(XAException.XA_RBTIMEOUT);
    try {
      rollbacks.undo(links, id);
    } catch (HypervisorException e) {
      // It is an orphan then.
      why.addSuppressed(e);
    }
    return why;
  }

  private static void tellHeuristic(Optional<RollbackOutcome> decided) throws XAException {
    if (decided.isPresent()) {
      boolean committed = decided.get() == RollbackOutcome.COMMIT;
      throw new XAException(committed ? XAException.XA_HEURCOM : XAException.XA_HEURRB);
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
    } catch (IllegalStateException e) {
      throw failure(XAException.XAER_PROTO, e);
    }
  }

  /** Each connection has a branch of its own. */
  @Override
  public boolean isSameRM(XAResource other) {
    return this == other;
  }

  @Override
  public int getTransactionTimeout() {
    return expiry.seconds();
  }

  /** Holds for branches that start afterwards; 0 is no limit. */
  @Override
  public boolean setTransactionTimeout(int seconds) throws XAException {
    if (seconds < 0) {
      throw new XAException(XAException.XAER_INVAL);
    }
    expiry.set(seconds);
    return true;
  }

  private static XAException failure(int code, Exception cause) {
    XAException failure = new XAException(code);
    failure.initCause(cause);
    return failure;
  }
}
