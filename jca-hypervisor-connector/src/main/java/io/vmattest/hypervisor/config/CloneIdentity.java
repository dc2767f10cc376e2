// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.config;

import java.util.UUID;

/**
 * Who a clone is, and of what.
 *
 * @param name unique among the host's domains
 * @param snapshot digest (hexadecimal) of the state that it has
 */
public record CloneIdentity(UUID id, String name, UUID original, String snapshot) {
  /** libvirt makes names of files of it, with more beside it (NAME_MAX is 255 bytes). */
  private static final int LONGEST = 40;

  /** A clone's identity, with a name of the original's and its own id. */
  public static CloneIdentity of(UUID id, String originalName, UUID original, String snapshot) {
    String stem = originalName.substring(0, Math.min(LONGEST, originalName.length()));
    String name = stem + "-debug-" + id.toString().substring(0, 8);
    return new CloneIdentity(id, name, original, snapshot);
  }
}
