// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.fleet;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineListener;
import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.schedule.Watch;
import io.vmattest.server.schedule.WatchedRun;
import jakarta.ejb.MessageDriven;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Tells the life of the host's VMs to the topic, and attests a watched VM that has started. */
@MessageDriven(messageListenerInterface = VirtualMachineListener.class)
@TransactionAttribute(TransactionAttributeType.REQUIRED)
public class LifecycleBean implements VirtualMachineListener {
  @Inject EventPublisher events;
  @Inject Watch watch;
  @Inject WatchedRun runs;

  @Override
  public void onEvent(VirtualMachineEvent event) {
    events.publish(
        UUID.randomUUID().toString(),
        new ServerEvent(
            ServerEvent.Type.LIFECYCLE,
            event.at(),
            Optional.of(event.vm()),
            Map.of("vmName", event.name(), "change", event.type().name())));
    if (event.type() == VirtualMachineEvent.Type.STARTED && watch.isWatched(event.vm())) {
      runs.start(event.vm(), Trigger.EVENT);
    }
  }
}
