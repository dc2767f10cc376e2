// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the measurement module runs: in this process, or as vmteed behind a socket. Decided before
 * its first use, once for each class loader. Thread-safe.
 */
public final class MeasurementModule {
  /** Names the socket where nobody calls {@link #runsAt}. */
  static final String PROPERTY = "vmattest.module.socket";

  private static Optional<Path> socket = ofProperty();
  private static boolean used;

  private MeasurementModule() {}

  private static Optional<Path> ofProperty() {
    String path = System.getProperty(PROPERTY, "");
    return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path));
  }

  /**
   * Says where it runs.
   *
   * @param moduleSocket vmteed's socket; in this process if empty
   * @throws IllegalStateException if it is in use elsewhere: handles of the one are nothing to the
   *     other
   */
  public static synchronized void runsAt(Optional<Path> moduleSocket) {
    Optional<Path> absolute = moduleSocket.map(Path::toAbsolutePath);
    if (used && !absolute.equals(socket)) {
      throw new IllegalStateException("the measurement module is in use already, at " + socket);
    }
    socket = absolute;
  }

  /** vmteed's socket; empty if the module runs in this process. */
  public static synchronized Optional<Path> socket() {
    return socket;
  }

  static synchronized Optional<Path> use() {
    used = true;
    return socket;
  }
}
