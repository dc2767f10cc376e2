// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.hypervisor.api.VirtualMachineEvent.Type;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.libvirt.event.DomainEvent;
import org.libvirt.event.LifecycleListener;
import org.libvirt.event.ResumedDetail;
import org.libvirt.event.StartedDetail;
import org.libvirt.event.StoppedDetail;

/** The life of all domains of a host. */
public final class LifecycleEvents implements AutoCloseable {
  private static final Logger LOG = System.getLogger(LifecycleEvents.class.getName());
  private final HostLink link;
  private final LifecycleListener listener;

  private LifecycleEvents(HostLink link, Consumer<VirtualMachineEvent> consumer)
      throws LibvirtFailure {
    this.link = link;
    this.listener =
        (domain, event) -> {
          translate(domain, event).ifPresent(consumer);
          return 0;
        };
    try {
      link.connect().addLifecycleListener(listener);
    } catch (LibvirtException e) {
      throw new LibvirtFailure("subscribing to life-cycle events", e);
    }
  }

  /**
   * @param consumer called on libvirt's event thread; must be quick and must not call libvirt
   */
  public static LifecycleEvents subscribe(HostLink link, Consumer<VirtualMachineEvent> consumer)
      throws LibvirtFailure {
    return new LifecycleEvents(link, consumer);
  }

  private static Optional<VirtualMachineEvent> translate(Domain domain, DomainEvent event) {
    try {
      // Name and UUID are in the handle: no round trip.
      UUID id = UUID.fromString(domain.getUUIDString());
      String name = domain.getName();
      return type(event).map(type -> new VirtualMachineEvent(id, name, type, Instant.now()));
    } catch (LibvirtException | RuntimeException e) {
      LOG.log(Level.WARNING, "a life-cycle event could not be read", e);
      return Optional.empty();
    }
  }

  static Optional<Type> type(DomainEvent event) {
    return Optional.ofNullable(
        switch (event.getType()) {
          case DEFINED -> Type.DEFINED;
          case UNDEFINED -> Type.UNDEFINED;
          case STARTED -> isDetail(event, StartedDetail.MIGRATED) ? Type.MIGRATED : Type.STARTED;
          case SUSPENDED -> Type.SUSPENDED;
          case RESUMED -> isDetail(event, ResumedDetail.MIGRATED) ? Type.MIGRATED : Type.RESUMED;
          case STOPPED -> stopped(event);
          case SHUTDOWN -> Type.SHUTDOWN;
          case CRASHED -> Type.CRASHED;
          default -> null;
        });
  }

  private static Type stopped(DomainEvent event) {
    if (isDetail(event, StoppedDetail.CRASHED)) {
      return Type.CRASHED;
    }
    return isDetail(event, StoppedDetail.MIGRATED) ? Type.MIGRATED : Type.STOPPED;
  }

  private static boolean isDetail(DomainEvent event, Enum<?> wanted) {
    return wanted.equals(event.getDetail());
  }

  @Override
  public void close() {
    try {
      link.connect().removeLifecycleListener(listener);
    } catch (LibvirtException e) {
      // Gone with its connection.
    }
  }
}
