// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A subscription to one domain's monitor events, in the order in which QEMU sent them. */
public final class MonitorEvents implements AutoCloseable {
  private static final long MICROS = 1_000_000L;

  private final HostLink link;
  private final BlockingQueue<MonitorEvent> queue = new LinkedBlockingQueue<>(4096);

  /** Held as long as native code may call it. */
  private final QemuLibrary.MonitorEventCallback callback;

  private final int id;

  private MonitorEvents(GuestDomain domain) throws LibvirtFailure {
    this.link = domain.link();
    this.callback =
        (connection, guest, event, seconds, micros, details, opaque) ->
            queue.offer(
                new MonitorEvent(
                    event,
                    seconds * MICROS + Integer.toUnsignedLong(micros),
                    details == null ? "" : details));
    Pointer pointer = domain.lookUp();
    try {
      this.id =
          QemuLibrary.INSTANCE.virConnectDomainQemuMonitorEventRegister(
              link.pointer(), pointer, null, callback, null, null, 0);
    } finally {
      VirtLibrary.INSTANCE.virDomainFree(pointer);
    }
    if (id < 0) {
      throw HostLink.lastFailure("subscribing to QEMU's events");
    }
  }

  public static MonitorEvents subscribe(GuestDomain domain) throws LibvirtFailure {
    return new MonitorEvents(domain);
  }

  /** The next event, if one comes in time. */
  public Optional<MonitorEvent> next(Duration atMost) throws InterruptedException {
    return Optional.ofNullable(queue.poll(atMost.toNanos(), TimeUnit.NANOSECONDS));
  }

  @Override
  public void close() {
    QemuLibrary.INSTANCE.virConnectDomainQemuMonitorEventDeregister(link.pointer(), id);
    // libvirt may be in the callback at this moment; it must not be collected before it returned.
    RetiredCallbacks.keep(callback);
  }
}
