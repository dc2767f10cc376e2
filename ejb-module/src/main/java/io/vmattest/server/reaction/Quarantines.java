// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.steps.StepRecorder;
import io.vmattest.server.steps.StepRecorder.Step;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Stops VMs or cuts them off, and brings them back as they were when a person says so. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Quarantines {
  private static final Logger LOG = System.getLogger(Quarantines.class.getName());

  @Inject HostGateway host;
  @Inject CaptureGuard guard;
  @Inject QuarantineStore store;
  @Inject QuarantineEnds ends;
  @Inject StepRecorder recorder;
  @Inject Clock clock;

  /** The VM's quarantine, if it is in one. */
  public Optional<Quarantine> find(UUID vm) {
    return store.find(vm);
  }

  /** Stops a VM or cuts it off; nothing happens if it is so already. */
  public void impose(UUID vm, Quarantine.Kind kind) {
    try {
      guard.alone(vm, CaptureGuard.Urgency.ROLLBACK, () -> imposed(vm, kind));
    } catch (ServiceException e) {
      LOG.log(Logger.Level.ERROR, "VM " + vm + " could not be quarantined", e);
      recorder.recordOnce(
          vm,
          new Step(
              ServerEvent.Type.QUARANTINE_FAILED,
              "not quarantined: " + e.detail(),
              Map.of("kind", kind.name(), "reason", e.problem().name(), "detail", e.detail())));
    }
  }

  private boolean imposed(UUID vm, Quarantine.Kind kind) {
    Optional<Quarantine> former = store.find(vm).filter(found -> !ends.endIfOver(found));
    boolean runs = host.virtualMachine(vm).state() == RunState.RUNNING;
    List<NetworkLink> up =
        kind == Quarantine.Kind.LINKS
            ? host.call(c -> c.links(vm)).stream().filter(NetworkLink::isUp).toList()
            : List.of();
    boolean toDo = kind == Quarantine.Kind.PAUSE ? runs : !up.isEmpty();
    if (!toDo && former.isPresent()) {
      return false;
    }
    store.put(
        joined(
            former,
            new Quarantine(vm, kind, clock.instant(), kind == Quarantine.Kind.PAUSE && runs, up)));
    host.call(
        c -> {
          if (kind == Quarantine.Kind.PAUSE) {
            c.suspend(vm);
          } else {
            c.setLinks(vm, up.stream().map(NetworkLink::down).toList());
          }
          return vm;
        });
    store.record(
        vm,
        new Step(
            ServerEvent.Type.QUARANTINED,
            kind == Quarantine.Kind.PAUSE
                ? "quarantined: suspended"
                : "quarantined: %d links taken down".formatted(up.size()),
            Map.of("kind", kind.name(), "ran", Boolean.toString(runs))));
    return true;
  }

  /** What it was like before the first quarantine counts, and what it was given since. */
  private static Quarantine joined(Optional<Quarantine> former, Quarantine next) {
    if (former.isEmpty()) {
      return next;
    }
    List<NetworkLink> links = new ArrayList<>(former.get().links());
    next.links().stream()
        .filter(link -> links.stream().noneMatch(l -> l.mac().equals(link.mac())))
        .forEach(links::add);
    return new Quarantine(
        next.vm(), next.kind(), former.get().since(), former.get().ran() || next.ran(), links);
  }

  /**
   * Brings a VM back as it was.
   *
   * @param by who says so
   * @throws ServiceException with NO_QUARANTINE, or why it could not be done; it stays in
   *     quarantine then
   */
  public void lift(UUID vm, String by) {
    guard.alone(
        vm,
        CaptureGuard.Urgency.ASKED_FOR,
        () -> {
          Quarantine quarantine =
              store
                  .find(vm)
                  .orElseThrow(
                      () ->
                          new ServiceException(
                              Problem.NO_QUARANTINE, "the VM is not in quarantine"));
          bringBack(quarantine);
          store.remove(
              vm,
              new Step(
                  ServerEvent.Type.QUARANTINE_LIFTED,
                  "quarantine lifted by " + by,
                  Map.of("by", by, "kind", quarantine.kind().name())));
          return vm;
        });
  }

  /** One that is no longer active has lost its run state, and its links with it. */
  private void bringBack(Quarantine quarantine) {
    UUID vm = quarantine.vm();
    RunState state = host.virtualMachine(vm).state();
    if (state != RunState.RUNNING && state != RunState.SUSPENDED) {
      return;
    }
    host.call(
        c -> {
          if (!quarantine.links().isEmpty()) {
            c.setLinks(vm, quarantine.links());
          }
          if (quarantine.ran()) {
            c.resume(vm);
          }
          return vm;
        });
  }
}
