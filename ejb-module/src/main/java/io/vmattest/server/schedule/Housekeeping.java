// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import io.vmattest.server.approval.Proposals;
import io.vmattest.server.ledger.BodyRetention;
import io.vmattest.server.maintenance.Maintenance;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.QuarantineEnds;
import io.vmattest.server.snapshots.Prunings;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.EJBException;
import jakarta.ejb.Schedule;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.System.Logger;

/**
 * Looks every 30 seconds whether the timers are as they should be, no more snapshots are kept than
 * policies say, proposals are closed that nobody decided on, quarantines that are over, and bodies
 * are moved out of the database that are old enough.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Housekeeping {
  private static final Logger LOG = System.getLogger(Housekeeping.class.getName());

  @Inject Timers timers;
  @Inject Prunings prunings;
  @Inject BodyRetention retention;
  @Inject Proposals proposals;
  @Inject Maintenance maintenance;
  @Inject QuarantineEnds quarantines;

  @Schedule(hour = "*", minute = "*", second = "15/30", persistent = false)
  void look() {
    each("timers", timers::reconcile);
    each("snapshots", prunings::startAll);
    each("bodies", retention::start);
    each("proposals", proposals::expire);
    each("maintenance", maintenance::endDue);
    each("quarantines", quarantines::look);
  }

  /** What fails keeps nothing else from being done. */
  private static void each(String what, Runnable work) {
    try {
      work.run();
    } catch (ServiceException e) {
      LOG.log(Logger.Level.WARNING, "{0} cannot be looked after: {1}", what, e.detail());
    } catch (EJBException e) {
      LOG.log(Logger.Level.ERROR, what + " cannot be looked after", e);
    }
  }
}
