// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Tells the topic of a run that gave no report, for nobody waits for its answer. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class FailureAlert {
  @Inject EventPublisher events;
  @Inject Clock clock;

  /**
   * Sends an ATTESTATION_FAILED.
   *
   * @param reason a Problem's name, or INTERNAL
   */
  public void send(UUID vm, String trigger, String reason, String detail) {
    events.publish(
        UUID.randomUUID().toString(),
        new ServerEvent(
            ServerEvent.Type.ATTESTATION_FAILED,
            clock.instant(),
            Optional.of(vm),
            Map.of("trigger", trigger, "reason", reason, "detail", detail)));
  }
}
