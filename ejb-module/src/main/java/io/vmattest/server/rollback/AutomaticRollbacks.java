// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.util.Optional;
import java.util.UUID;

/** Rollbacks that a policy asks for: none on the heels of another, none that is known to fail. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class AutomaticRollbacks {
  private static final Logger LOG = System.getLogger(AutomaticRollbacks.class.getName());

  private static final String BY_POLICY = "the VM's policy";

  @Inject RollbackService rollbacks;
  @Inject RollbackHistory history;
  @Inject RollbackRecorder recorder;

  /** Starts a rollback to the VM's baseline, unless its history speaks against one. */
  public void start(StoredReport baseline) {
    UUID vm = baseline.report().vmId();
    Optional<String> against = history.against(vm, baseline.digest());
    if (against.isPresent()) {
      LOG.log(Logger.Level.WARNING, "VM {0} is not rolled back: {1}", vm, against.get());
      return;
    }
    try {
      rollbacks.start(vm, Optional.of(baseline.digest()), BY_POLICY);
    } catch (ServiceException e) {
      LOG.log(Logger.Level.ERROR, "VM " + vm + " could not be rolled back", e);
      recorder.failed(baseline, e.problem().name(), e.detail());
    }
  }
}
