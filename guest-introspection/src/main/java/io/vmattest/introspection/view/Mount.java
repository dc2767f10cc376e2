// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import java.util.List;

/**
 * A mounted file system.
 *
 * @param id as in /proc/PID/mountinfo
 * @param parentId that of the mount which it lies on; its own for the topmost one
 * @param source what was mounted: a device, or any word
 * @param mountPoint path from the topmost mount
 * @param type of the file system, with its subtype behind a dot if it has one
 * @param options those that are not the file system's own, as /proc/PID/mounts has them: rw, nosuid
 */
public record Mount(
    long id, long parentId, String source, String mountPoint, String type, List<String> options) {
  public Mount {
    options = List.copyOf(options);
  }
}
