// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineEvent.Type;
import io.vmattest.hypervisor.blocks.ChainCheck;
import io.vmattest.hypervisor.capture.BrokenCaptures;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.LifecycleEvents;
import io.vmattest.hypervisor.rollback.OnceEach;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ActivationSpec;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import jakarta.resource.spi.work.WorkManager;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Holds one connection of its own to libvirt, and makes a new one when libvirtd was restarted: for
 * life-cycle events, for recovery, and to set right what broken-off work has left.
 */
final class HostWatch {
  private static final Logger LOG = System.getLogger(HostWatch.class.getName());
  private static final Duration CHECK = Duration.ofSeconds(2);

  /** With an overlay that libvirt does not know; the watch has more to do than to wait for it. */
  private static final Duration COMMIT = Duration.ofSeconds(10);

  private final HostServices services;
  private final WorkManager workManager;
  private final List<EndpointDelivery> deliveries = new CopyOnWriteArrayList<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "vmattest-host-watch");
  private final KnownVms known = new KnownVms(Clock.systemUTC());
  private final OnceEach complaints = new OnceEach(LOG);
  private volatile @Nullable HostLink link;
  private final ChainCheck chains;
  private boolean complained;

  HostWatch(HostServices services, WorkManager workManager) {
    this.services = services;
    this.workManager = workManager;
    this.chains = new ChainCheck(services.store()::hasFrozen, COMMIT);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  void stop() {
    stopping.countDown();
    deliveries.forEach(EndpointDelivery::release);
    try {
      thread.join(CHECK.toMillis() * 5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The present connection.
   *
   * @throws LibvirtFailure if libvirt does not answer
   */
  HostLink link() throws LibvirtFailure {
    HostLink current = link;
    if (current != null && current.answers()) {
      return current;
    }
    // The watch connects again by itself; the transaction manager asks again by itself.
    throw LibvirtFailure.notConnected(services.uri());
  }

  /** Whether events are being received at the moment. */
  boolean isConnected() {
    return link != null;
  }

  void add(MessageEndpointFactory factory, LifecycleActivationSpec spec) throws ResourceException {
    spec.validate();
    EndpointDelivery delivery = new EndpointDelivery(factory, spec);
    workManager.startWork(delivery);
    deliveries.add(delivery);
  }

  void remove(MessageEndpointFactory factory, ActivationSpec spec) {
    for (EndpointDelivery delivery : deliveries) {
      if (delivery.isOf(factory)) {
        delivery.release();
        deliveries.remove(delivery);
      }
    }
  }

  private void run() {
    try {
      while (stopping.getCount() > 0) {
        watchOneConnection();
        stopping.await(CHECK.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watchOneConnection() throws InterruptedException {
    try (HostLink connected = HostLink.open(services.uri())) {
      if (!known.isListed()) {
        known.start(list(connected));
      }
      try (LifecycleEvents events = LifecycleEvents.subscribe(connected, this::dispatch)) {
        compare(connected, known::missed);
        link = connected;
        complained = false;
        LOG.log(Level.INFO, "connected to {0}", services.uri());
        do {
          setRight(connected);
          compare(connected, known::refresh);
        } while (!stopping.await(CHECK.toMillis(), TimeUnit.MILLISECONDS) && connected.answers());
        if (stopping.getCount() == 0) {
          services.clones().close(connected);
        }
      }
    } catch (LibvirtFailure e) {
      if (!complained) {
        LOG.log(
            Level.WARNING, "libvirt does not answer, it will be tried again: {0}", e.getMessage());
        complained = true;
      }
    } finally {
      link = null;
    }
  }

  /** One failure does not keep the other from being tried, nor is it told at every try. */
  private void setRight(HostLink connected) {
    attempt(
        "what broken-off captures have left could not be set right",
        () -> BrokenCaptures.repair(connected, services.state(), services.locks(), chains));
    attempt(
        "broken-off rollbacks could not be undone",
        () -> services.rollbacks().undoOrphans(connected));
    attempt("debug clones could not be ended", () -> services.clones().sweep(connected));
  }

  /** Something that may fail, and is tried again. */
  @FunctionalInterface
  private interface Attempt {
    void run() throws LibvirtFailure, IOException, HypervisorException;
  }

  private void attempt(String failed, Attempt attempt) {
    try {
      attempt.run();
      complaints.settled(failed);
    } catch (LibvirtFailure | IOException | HypervisorException | RuntimeException e) {
      complaints.warn(failed, e);
    }
  }

  private List<KnownVms.Vm> list(HostLink connected) throws LibvirtFailure {
    List<KnownVms.Vm> result = new ArrayList<>();
    for (GuestDomain domain : connected.domains()) {
      try (domain) {
        if (!services.clones().isClone(domain.id())) {
          result.add(new KnownVms.Vm(domain.id(), domain.name(), domain.number()));
        }
      }
    }
    return result;
  }

  /** Finds what libvirt's list says and its events do not. */
  private void compare(
      HostLink connected,
      BiFunction<List<KnownVms.Vm>, Set<UUID>, List<VirtualMachineEvent>> comparison)
      throws LibvirtFailure {
    Set<UUID> atWork = new HashSet<>(services.rollbacks().atWork());
    List<KnownVms.Vm> vms = list(connected);
    // A rollback that began meanwhile may be in the list already.
    atWork.addAll(services.rollbacks().atWork());
    synchronized (known) {
      comparison.apply(vms, atWork).forEach(this::tell);
    }
  }

  /**
   * On libvirt's event thread. A capture's own pause is no event of the guest's life, nor is what a
   * rollback does; and a debug clone is no VM.
   */
  private void dispatch(VirtualMachineEvent event) {
    if (services.clones().isClone(event.vm())) {
      return;
    }
    boolean pause = event.type() == Type.SUSPENDED || event.type() == Type.RESUMED;
    if (pause && services.locks().isHeld(event.vm())) {
      return;
    }
    boolean atWork = services.rollbacks().atWork().contains(event.vm());
    synchronized (known) {
      if (known.isNews(event, atWork)) {
        tell(event);
      }
    }
  }

  private void tell(VirtualMachineEvent event) {
    deliveries.forEach(delivery -> delivery.offer(event));
  }
}
