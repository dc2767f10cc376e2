// SPDX-License-Identifier: Apache-2.0
package io.vmattest.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a real PostgreSQL answers is seen in a scenario; here, what is made of all of the codes. */
class KeptBranchTest {
  private static final Xid XID =
      (Xid)
          Proxy.newProxyInstance(
              Xid.class.getClassLoader(), new Class<?>[] {Xid.class}, (xid, method, args) -> null);

  private int code = XAException.XAER_RMERR;
  private final XAResource driver = failing();
  private final KeptBranch branch = new KeptBranch(driver);

  /** One that does all but finish a branch. */
  private XAResource failing() {
    return (XAResource)
        Proxy.newProxyInstance(
            XAResource.class.getClassLoader(),
            new Class<?>[] {XAResource.class},
            (resource, method, args) -> {
              if (List.of("commit", "rollback").contains(method.getName())) {
                throw new XAException(code);
              }
              if (method.getName().equals("isSameRM")) {
                return args[0] == resource;
              }
              return method.getReturnType() == int.class ? XAResource.XA_OK : null;
            });
  }

  private static int code(Executable call) {
    return assertThrows(XAException.class, call).errorCode;
  }

  @Test
  void aPreparedBranchIsKeptWhereTheDriverGivesItUp() throws Exception {
    branch.start(XID, XAResource.TMNOFLAGS);
    branch.end(XID, XAResource.TMSUCCESS);
    assertEquals(XAResource.XA_OK, branch.prepare(XID));
    assertEquals(XAException.XAER_RMFAIL, code(() -> branch.commit(XID, false)));
    assertEquals(XAException.XAER_RMFAIL, code(() -> branch.rollback(XID)));
  }

  @Test
  void soIsOneThatRecoveryFinishes() {
    assertEquals(XAException.XAER_RMFAIL, code(() -> branch.commit(XID, false)));
  }

  @Test
  void whatIsNotPreparedIsNotKept() throws Exception {
    branch.start(XID, XAResource.TMNOFLAGS);
    assertEquals(XAException.XAER_RMERR, code(() -> branch.rollback(XID)));
    assertEquals(XAException.XAER_RMERR, code(() -> branch.commit(XID, true)));
  }

  @Test
  void otherAnswersAreTheDrivers() {
    for (int other :
        new int[] {XAException.XAER_NOTA, XAException.XAER_PROTO, XAException.XA_HEURRB}) {
      code = other;
      assertEquals(other, code(() -> branch.commit(XID, false)));
      assertEquals(other, code(() -> branch.rollback(XID)));
    }
  }

  @Test
  void theCauseIsKept() {
    XAException e = assertThrows(XAException.class, () -> branch.rollback(XID));
    assertEquals(
        XAException.XAER_RMERR, assertInstanceOf(XAException.class, e.getCause()).errorCode);
  }

  @Test
  void itIsTheSameResourceManagerAsTheDriversOwn() throws Exception {
    assertTrue(branch.isSameRM(driver));
    assertTrue(branch.isSameRM(new KeptBranch(driver)));
    assertFalse(branch.isSameRM(failing()));
  }
}
