// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.policy.ReactionTerms;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.rollback.RollbackHistory;
import io.vmattest.server.rollback.RollbackHistory.Limit;
import io.vmattest.server.rollback.RollbackHistory.Refusal;
import io.vmattest.server.rollback.RollbackRecorder;
import io.vmattest.server.rollback.RollbackService;
import io.vmattest.server.rollback.RollbackStart;
import io.vmattest.server.steps.StepRecorder;
import io.vmattest.server.steps.StepRecorder.Step;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Rollbacks that a policy asks for, within its limits; what is refused is recorded once. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class AutomaticRollbacks {
  private static final Logger LOG = System.getLogger(AutomaticRollbacks.class.getName());

  @Inject RollbackService rollbacks;
  @Inject RollbackHistory history;
  @Inject RollbackRecorder recorder;
  @Inject StepRecorder reactions;

  /** Starts a rollback to the VM's baseline, unless its history speaks against one. */
  public void start(Discrepant found, ReactionTerms terms) {
    Optional<Refusal> against =
        history.against(found.vm(), found.baseline().digest(), found.cause(), terms);
    if (against.isPresent()) {
      refuse(found, against.get());
      return;
    }
    try {
      rollbacks.start(
          found.vm(),
          Optional.of(found.baseline().digest()),
          RollbackStart.byPolicy(found.cause()));
    } catch (ServiceException e) {
      LOG.log(Logger.Level.ERROR, "VM " + found.vm() + " could not be rolled back", e);
      recorder.failed(found.baseline(), e.problem().name(), e.detail(), Map.of());
    }
  }

  private void refuse(Discrepant found, Refusal refusal) {
    LOG.log(Logger.Level.WARNING, "VM {0} is not rolled back: {1}", found.vm(), refusal.detail());
    if (refusal.limit() == Limit.RUNNING) {
      return;
    }
    Map<String, String> values = new TreeMap<>();
    values.put("limit", refusal.limit().name());
    values.put("detail", refusal.detail());
    values.put("report", found.baseline().digest().hex());
    if (refusal.limit() == Limit.SAME_DISCREPANCY) {
      values.put("cause", found.cause().hex());
    }
    reactions.recordOnce(
        found.vm(),
        new Step(
            ServerEvent.Type.REACTION_REFUSED, "not rolled back: " + refusal.detail(), values));
  }
}
