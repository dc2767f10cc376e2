// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.tee.Capture;
import java.time.Duration;
import java.util.List;

/**
 * A measured capture and what the host knows of it.
 *
 * @param liveXml the running domain's XML
 * @param migratableXml what it can be restored with
 * @param pauseMicros 0 if the guest stood still anyway
 * @param frozen the disks that were frozen in the same pause; empty if none were asked for
 */
record CapturedGuest(
    Capture capture,
    String liveXml,
    String migratableXml,
    long pauseMicros,
    List<FrozenDisk> frozen)
    implements AutoCloseable {
  /** How long closing may wait for those who use the capture. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * Frees the capture; later, if a TPM that hangs is still asked to sign it, because its memory
   * must not vanish meanwhile.
   */
  @Override
  public void close() {
    Thread closing = new Thread(capture::close, "vmattest-capture-close");
    closing.setDaemon(true);
    closing.start();
    try {
      closing.join(PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
