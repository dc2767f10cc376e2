// SPDX-License-Identifier: Apache-2.0
package io.vmattest.database;

import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/**
 * A branch that PostgreSQL keeps once it is prepared, whatever becomes of connections, and says so.
 *
 * <p>The driver answers XAER_RMERR where a backend is ended between prepare and commit, as when
 * PostgreSQL stops or crashes (SQLSTATE 57P01, pgjdbc issue 4438). To the transaction manager that
 * is the end of the branch: it never comes back to it, and the branch stays prepared with all of
 * its locks, that on the ledger's head among them. X/Open CAE C193, xa_commit: XAER_RMERR is only
 * for a resource manager "that cannot hold the branch's resources in a prepared state"; this one
 * can, so XAER_RMFAIL it is, for which recovery tries again.
 */
final class KeptBranch implements XAResource {
  private final XAResource resource;

  /** What recovery finishes is. */
  private boolean isPrepared = true;

  KeptBranch(XAResource resource) {
    this.resource = resource;
  }

  @Override
  public void start(Xid xid, int flags) throws XAException {
    isPrepared = false;
    resource.start(xid, flags);
  }

  @Override
  public int prepare(Xid xid) throws XAException {
    int vote = resource.prepare(xid);
    isPrepared = true;
    return vote;
  }

  @Override
  public void commit(Xid xid, boolean onePhase) throws XAException {
    try {
      resource.commit(xid, onePhase);
    } catch (XAException e) {
      throw onePhase ? e : kept(e);
    }
  }

  @Override
  public void rollback(Xid xid) throws XAException {
    try {
      resource.rollback(xid);
    } catch (XAException e) {
      throw kept(e);
    }
  }

  private XAException kept(XAException e) {
    if (!isPrepared || e.errorCode != XAException.XAER_RMERR) {
      return e;
    }
    XAException kept = new XAException("it stays prepared: " + e.getMessage());
    kept.errorCode = XAException.XAER_RMFAIL;
    kept.initCause(e);
    return kept;
  }

  @Override
  public void end(Xid xid, int flags) throws XAException {
    resource.end(xid, flags);
  }

  @Override
  public Xid[] recover(int flag) throws XAException {
    return resource.recover(flag);
  }

  @Override
  public void forget(Xid xid) throws XAException {
    resource.forget(xid);
  }

  @Override
  public boolean isSameRM(XAResource other) throws XAException {
    return resource.isSameRM(other instanceof KeptBranch kept ? kept.resource : other);
  }

  @Override
  public int getTransactionTimeout() throws XAException {
    return resource.getTransactionTimeout();
  }

  @Override
  public boolean setTransactionTimeout(int seconds) throws XAException {
    return resource.setTransactionTimeout(seconds);
  }
}
