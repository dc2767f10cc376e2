// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.MonitorEvent;

/** How long the guest stood still, by QEMU's own timestamps of STOP and RESUME. */
final class PauseMeter {
  private long stopped;
  private long paused;
  private boolean standing;

  /** Takes notice of an event. */
  void see(MonitorEvent event) {
    if (event.name().equals("STOP") && !standing) {
      standing = true;
      stopped = event.micros();
    } else if (event.name().equals("RESUME") && standing) {
      standing = false;
      paused = Math.max(0, event.micros() - stopped);
    }
  }

  /** Whether the guest was stopped and has not been resumed. */
  boolean isStanding() {
    return standing;
  }

  /** The last pause in microseconds; 0 if there was none. */
  long micros() {
    return paused;
  }
}
