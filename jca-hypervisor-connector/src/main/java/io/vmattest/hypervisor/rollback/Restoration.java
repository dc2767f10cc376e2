// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.libvirt.HostLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** A restore that was begun; what it has made is removed if it does not come to its end. */
final class Restoration implements AutoCloseable {
  private final List<String> overlays;
  private final String xml;
  private final StateFeed feed;
  private boolean restored;

  Restoration(Collection<String> overlays, String xml, StateFeed feed) {
    this.overlays = List.copyOf(overlays);
    this.xml = xml;
    this.feed = feed;
  }

  /**
   * Restores; the domain must not be active. The guest stands paused.
   *
   * @return the XML that it was restored with
   */
  String finish(HostLink link) throws HypervisorException, IOException {
    try {
      feed.restoreBy(link);
      restored = true;
      return xml;
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      feed.close();
    } finally {
      if (!restored) {
        overlays.forEach(Restoration::discard);
      }
    }
  }

  static void discard(String overlay) {
    try {
      Files.deleteIfExists(Path.of(overlay));
    } catch (IOException e) {
      Path.of(overlay).toFile().deleteOnExit();
    }
  }
}
