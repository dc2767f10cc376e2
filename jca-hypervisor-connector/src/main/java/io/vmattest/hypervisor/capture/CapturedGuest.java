// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.tee.Capture;
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
  @Override
  public void close() {
    capture.close();
  }
}
