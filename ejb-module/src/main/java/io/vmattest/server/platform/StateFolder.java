// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.platform;

import java.nio.file.Path;

/** The server's folder on the host, as the system property {@code vmattest.state} names it. */
public final class StateFolder {
  private static final String USUAL = "/var/lib/vmattest";

  private StateFolder() {}

  /**
   * A path below it.
   *
   * @param relative with slashes between its names
   */
  public static Path resolve(String relative) {
    return Path.of(System.getProperty("vmattest.state", USUAL)).resolve(relative);
  }
}
