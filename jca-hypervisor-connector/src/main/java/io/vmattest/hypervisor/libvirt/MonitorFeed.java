// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.libvirt;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The monitor events of all domains of a connection, subscribed to once and as long as it is open:
 * libvirt 9.0 now and then gives no events at all to who subscribes soon after he unsubscribed.
 */
final class MonitorFeed implements AutoCloseable {
  /** VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX. */
  private static final int REGEX = 1;

  /** What anybody here listens to; a busy guest's other events stay with libvirt. */
  private static final String WANTED = "^(STOP|RESUME|MIGRATION|JOB_STATUS_CHANGE)$";

  /** VIR_UUID_STRING_BUFLEN. */
  private static final int UUID_BYTES = 37;

  private static final long MICROS = 1_000_000L;

  private final Pointer connection;
  private final Map<MonitorEvents, UUID> listeners = new ConcurrentHashMap<>();

  /** Held as long as native code may call it. */
  private final QemuLibrary.MonitorEventCallback callback = this::happened;

  private final int id;

  private MonitorFeed(Pointer connection) throws LibvirtFailure {
    this.connection = connection;
    this.id =
        QemuLibrary.INSTANCE.virConnectDomainQemuMonitorEventRegister(
            connection, null, WANTED, callback, null, null, REGEX);
    if (id < 0) {
      throw HostLink.lastFailure("subscribing to QEMU's events");
    }
  }

  static MonitorFeed open(Pointer connection) throws LibvirtFailure {
    return new MonitorFeed(connection);
  }

  /** From now on the listener is told what happens to the domain. */
  void add(MonitorEvents listener, UUID domain) {
    listeners.put(listener, domain);
  }

  void remove(MonitorEvents listener) {
    listeners.remove(listener);
  }

  /** On libvirt's event thread. */
  private void happened(
      Pointer connect,
      Pointer guest,
      String name,
      long seconds,
      int micros,
      @Nullable String details,
      @Nullable Pointer opaque) {
    byte[] text = new byte[UUID_BYTES];
    if (listeners.isEmpty() || VirtLibrary.INSTANCE.virDomainGetUUIDString(guest, text) < 0) {
      return;
    }
    UUID domain = UUID.fromString(Native.toString(text));
    MonitorEvent event =
        new MonitorEvent(
            name,
            seconds * MICROS + Integer.toUnsignedLong(micros),
            details == null ? "" : details);
    listeners.forEach(
        (listener, wanted) -> {
          if (wanted.equals(domain)) {
            listener.add(event);
          }
        });
  }

  @Override
  public void close() {
    QemuLibrary.INSTANCE.virConnectDomainQemuMonitorEventDeregister(connection, id);
    // libvirt may be in the callback at this moment; it must not be collected before it returned.
    RetiredCallbacks.keep(callback);
  }
}
