// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.enrolment;

import io.vmattest.server.problem.ServiceException;
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
import java.util.concurrent.atomic.AtomicReference;

/** Enrols at start and whenever the key changes; tries again while the TPM does not answer. */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class EnrolmentTimer {
  private static final Logger LOG = System.getLogger(EnrolmentTimer.class.getName());

  @Inject EnrolmentService enrolment;

  private final AtomicReference<String> lastTold = new AtomicReference<>("");

  @Schedule(hour = "*", minute = "*", second = "5/20", persistent = false)
  void look() {
    try {
      String key = enrolment.current().evidence().digest().hex();
      tell(Logger.Level.INFO, "the host's key " + key + " is enrolled");
    } catch (ServiceException e) {
      tell(Logger.Level.WARNING, "the host's key is not enrolled: " + e.detail());
    } catch (EJBException e) {
      LOG.log(Logger.Level.ERROR, "the host's key is not enrolled", e);
    }
  }

  private void tell(Logger.Level level, String message) {
    if (!message.equals(lastTold.getAndSet(message))) {
      LOG.log(level, message);
    }
  }
}
