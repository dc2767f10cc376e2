// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;

/** A server's first use of a token, as a process of its own. */
final class FirstUse {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private FirstUse() {}

  /**
   * Prints a seal and the public key that checkpoints are signed with.
   *
   * @param arguments the PIN file
   */
  public static void main(String[] arguments) {
    HsmSettings settings = new HsmSettings(SoftToken.LIBRARY, 0, Path.of(arguments[0]));
    Hsm hsm = new Hsm(new TokenOpener(() -> settings, Duration.ofSeconds(2)), Duration.ZERO);
    System.out.println(awaited(hsm));
  }

  /**
   * As a server does, which asks again for what waits: SoftHSM recognizes no token in files that
   * another process is just writing.
   */
  private static String awaited(Hsm hsm) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        HexFormat hex = HexFormat.of();
        return hex.formatHex(hsm.seal("vmattest-seal-1", new byte[1]))
            + " "
            + hex.formatHex(hsm.logKey().publicKey().getEncoded());
      } catch (HsmUnavailableException e) {
        if (System.nanoTime() >= end) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }
}
