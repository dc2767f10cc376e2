// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;

/** A server's first use of a token, as a process of its own. */
final class FirstUse {
  private FirstUse() {}

  /**
   * Prints a seal and the public key that checkpoints are signed with.
   *
   * @param arguments the PIN file
   */
  public static void main(String[] arguments) {
    HsmSettings settings = new HsmSettings(SoftToken.LIBRARY, 0, Path.of(arguments[0]));
    Hsm hsm = new Hsm(new TokenOpener(() -> settings, Duration.ofSeconds(2)), Duration.ZERO);
    HexFormat hex = HexFormat.of();
    System.out.println(
        hex.formatHex(hsm.seal("vmattest-seal-1", new byte[1]))
            + " "
            + hex.formatHex(hsm.logKey().publicKey().getEncoded()));
  }
}
