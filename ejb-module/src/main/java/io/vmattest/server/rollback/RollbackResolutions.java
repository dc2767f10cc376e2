// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The host's open rollbacks, and the decision by hand of those that nobody else decides. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class RollbackResolutions {
  /** What such operations are called. */
  public static final String KIND = "rollback-resolution";

  private static final int LONGEST_REASON = 1000;

  @Inject HostGateway host;
  @Inject ResolutionRecorder recorder;
  @Inject Operations operations;

  /** All open rollbacks, and the records that cannot be read. */
  public JsonObject open() {
    return OpenRollbackJson.of(all());
  }

  /** The same as the host says it. */
  public OpenRollbacks all() {
    return host.call(HypervisorConnection::openRollbacks);
  }

  /**
   * Starts to end a rollback in doubt.
   *
   * @param outcome a RollbackOutcome's name
   * @param why for the record
   * @param by who wants it
   * @throws ServiceException with INVALID_REQUEST, NO_SUCH_ROLLBACK, ROLLBACK_NOT_IN_DOUBT, BUSY
   */
  public Operation resolve(String id, String outcome, String why, String by) {
    RollbackOutcome wanted = outcome(outcome);
    checkReason(why);
    OpenRollback rollback = find(id);
    checkUnclaimed(rollback, wanted);
    return operations.start(
        KIND,
        Optional.of(rollback.vm()),
        progress -> {
          // Before it is done, for the server may not live to say so.
          recorder.decided(rollback, wanted, why, by);
          progress.progress("the VM is brought to its state", 0.1);
          host.call(c -> resolve(c, id, wanted));
          return JsonValue.EMPTY_JSON_OBJECT;
        });
  }

  private static String resolve(HypervisorConnection connection, String id, RollbackOutcome outcome)
      throws HypervisorException {
    connection.resolveRollback(id, outcome);
    return id;
  }

  private OpenRollback find(String id) {
    return all().rollbacks().stream()
        .filter(rollback -> rollback.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new ServiceException(
                    Problem.NO_SUCH_ROLLBACK, "there is no open rollback of this id"));
  }

  /** The connector checks the same again, with the VM's lock. */
  private static void checkUnclaimed(OpenRollback rollback, RollbackOutcome wanted) {
    boolean goesOn =
        rollback.phase()
            == (wanted == RollbackOutcome.COMMIT
                ? OpenRollback.Phase.COMMITTING_BY_HAND
                : OpenRollback.Phase.UNDOING_BY_HAND);
    if (!rollback.unclaimed() && !goesOn) {
      throw new ServiceException(
          Problem.ROLLBACK_NOT_IN_DOUBT,
          rollback.inDoubt()
              ? "the transaction manager's recovery may still decide it; try again in some minutes"
              : "it is " + rollback.phase() + ", and not in doubt");
    }
  }

  private static RollbackOutcome outcome(String name) {
    return Arrays.stream(RollbackOutcome.values())
        .filter(outcome -> outcome.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ServiceException(
                    Problem.INVALID_REQUEST,
                    "outcome is one of "
                        + Arrays.stream(RollbackOutcome.values())
                            .map(Enum::name)
                            .collect(Collectors.joining(", "))));
  }

  private static void checkReason(String why) {
    if (why.isBlank() || why.length() > LONGEST_REASON) {
      throw new ServiceException(
          Problem.INVALID_REQUEST, "why is a text of 1 to " + LONGEST_REASON + " characters");
    }
  }
}
