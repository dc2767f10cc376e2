// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.maintenance;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.attestation.AttestationRequest;
import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.attestation.AttestationService;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.OperationStore;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** Ends windows: a fresh report with its snapshot becomes the VM's Baseline. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Maintenance {
  /** What such operations are called. */
  public static final String KIND = "maintenance-end";

  /** Between two tries to end a window whose time is over. */
  private static final Duration RETRY = Duration.ofMinutes(5);

  @Inject Windows windows;
  @Inject AttestationService attestations;
  @Inject Operations operations;
  @Inject OperationStore history;
  @Inject Clock clock;

  /**
   * Ends a VM's window; if no Baseline can be taken, it stays open.
   *
   * @param by who says so
   * @throws ServiceException with NOT_IN_MAINTENANCE, BUSY
   */
  public Operation end(UUID vm, String by) {
    Window window =
        windows
            .find(vm)
            .orElseThrow(
                () ->
                    new ServiceException(
                        Problem.NOT_IN_MAINTENANCE, "the VM is not in maintenance"));
    return start(window, by);
  }

  /** Ends those whose time is over. */
  public void endDue() {
    for (Window window : windows.due()) {
      if (window.isOverdue(clock.instant())) {
        windows.close(window, Optional.empty(), "the clock");
      } else if (mayTry(window)) {
        start(window, "the clock");
      }
    }
  }

  private boolean mayTry(Window window) {
    return history
        .last(KIND, window.vm())
        .filter(
            last ->
                last.state() == Operation.State.RUNNING
                    || last.startedAt().isAfter(window.until())
                        && last.startedAt().plus(RETRY).isAfter(clock.instant()))
        .isEmpty();
  }

  private Operation start(Window window, String by) {
    return operations.start(
        KIND,
        Optional.of(window.vm()),
        progress -> {
          progress.progress("taking the new baseline", 0);
          String baseline = baseline(window);
          windows.close(window, Optional.of(baseline), by);
          return JSON.createObjectBuilder().add("report", baseline).build();
        });
  }

  private String baseline(Window window) {
    try {
      return attestations
          .attest(
              new AttestationRequest(
                  window.vm(), Trigger.REQUEST, Optional.empty(), true, true, Optional.empty()))
          .report()
          .digest()
          .hex();
    } catch (ServiceException e) {
      windows.failed(window, e);
      throw e;
    }
  }
}
