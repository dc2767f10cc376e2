// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.MonitorEvent;
import io.vmattest.hypervisor.libvirt.MonitorEvents;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Watches over a guest that must stand still until its state is written: if it runs in between, its
 * disks and its memory are of two instants. Saving the state of a guest that stands still emits
 * neither STOP nor RESUME.
 */
final class Stillness implements AutoCloseable {
  /** How long an event may take from QEMU to us. */
  private static final Duration EVENTS = Duration.ofSeconds(10);

  private static final JsonObject NOTHING = JsonValue.EMPTY_JSON_OBJECT;

  private final MonitorEvents events;

  private Stillness(MonitorEvents events) {
    this.events = events;
  }

  /**
   * @throws HypervisorException if the guest does not stand still (any more)
   */
  static Stillness of(GuestDomain domain) throws LibvirtFailure, HypervisorException {
    Stillness stillness = new Stillness(MonitorEvents.subscribe(domain));
    boolean standing = false;
    try {
      // Only now: what happens from here on is seen in the events.
      standing = domain.state() == RunState.SUSPENDED;
    } finally {
      if (!standing) {
        stillness.close();
      }
    }
    if (!standing) {
      throw resumed();
    }
    return stillness;
  }

  /**
   * Looks at all that happened until a job of QEMU's was over.
   *
   * @throws HypervisorException if the guest was resumed meanwhile
   */
  void checkUntilEndOf(String job) throws HypervisorException, InterruptedException {
    checkUntil(event -> isEndOf(job, event));
  }

  /**
   * Looks at all that happened until a migration of QEMU's was over.
   *
   * @throws HypervisorException if the guest was resumed meanwhile
   */
  void checkUntilEndOfMigration() throws HypervisorException, InterruptedException {
    checkUntil(Stillness::isEndOfMigration);
  }

  private void checkUntil(Predicate<MonitorEvent> last)
      throws HypervisorException, InterruptedException {
    long end = System.nanoTime() + EVENTS.toNanos();
    while (System.nanoTime() - end < 0) {
      Optional<MonitorEvent> event = events.next(Duration.ofNanos(end - System.nanoTime()));
      if (event.isEmpty()) {
        break;
      }
      String name = event.get().name();
      if (name.equals("STOP") || name.equals("RESUME")) {
        throw resumed();
      }
      if (last.test(event.get())) {
        return;
      }
    }
    throw new HypervisorException(
        Reason.CAPTURE_FAILED, "QEMU's events do not say whether the guest stood still");
  }

  private static boolean isEndOf(String job, MonitorEvent event) {
    JsonObject change = event.name().equals("JOB_STATUS_CHANGE") ? details(event) : NOTHING;
    return change.getString("id", "").equals(job)
        && change.getString("status", "").equals("concluded");
  }

  private static boolean isEndOfMigration(MonitorEvent event) {
    JsonObject change = event.name().equals("MIGRATION") ? details(event) : NOTHING;
    return QemuMigration.isEnded(change.getString("status", ""));
  }

  private static JsonObject details(MonitorEvent event) {
    try (JsonReader reader = JSON.createReader(new StringReader(event.details()))) {
      return reader.readObject();
    } catch (JsonException e) {
      return NOTHING;
    }
  }

  private static HypervisorException resumed() {
    return new HypervisorException(
        Reason.CAPTURE_FAILED,
        "the guest was resumed by somebody else while its suspended state was captured");
  }

  @Override
  public void close() {
    events.close();
  }
}
