// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.hypervisor.api.NetworkLink;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A VM that was stopped or cut off, and what it was like before.
 *
 * @param ran whether it ran, and was suspended for the quarantine
 * @param links of its interfaces that were taken down, as they were
 */
public record Quarantine(UUID vm, Kind kind, Instant since, boolean ran, List<NetworkLink> links) {
  /** What was done to it. */
  public enum Kind {
    /** It was suspended. */
    PAUSE,
    /** Its links were taken down. */
    LINKS
  }

  public Quarantine {
    links = List.copyOf(links);
  }

  /** MAC addresses of the interfaces whose links were taken down. */
  public List<String> addresses() {
    return links.stream().map(NetworkLink::mac).toList();
  }
}
