// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A SoftHSM token of a test's own, made as a machine's is. */
public final class SoftToken {
  static final Path LIBRARY = Path.of(HsmSettings.SOFTHSM);
  private static final Path SCRIPT =
      Path.of(System.getProperty("vmattest.scripts", "../bin/lib"), "hsm.sh");

  private final Path folder;

  private SoftToken(Path folder) {
    this.folder = folder;
  }

  /** Makes one, and has the library see it alone. */
  public static SoftToken make(Path folder) throws IOException, InterruptedException {
    if (!Files.exists(LIBRARY)) {
      System.out.println("skipped: " + LIBRARY + " is not there (apt-get install softhsm2)");
      Assumptions.abort("no SoftHSM");
    }
    Process process =
        new ProcessBuilder(SCRIPT.toString(), "create", folder.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0, said);
    SoftToken token = new SoftToken(folder);
    token.insert();
    return token;
  }

  /** What the library reads when it begins. */
  public void insert() throws IOException {
    Files.copy(
        configuration(),
        Path.of(System.getenv("SOFTHSM2_CONF")),
        StandardCopyOption.REPLACE_EXISTING);
    assertTrue(new Pkcs11Library(LIBRARY).restart(), "the JVM lacks --add-opens");
  }

  Path configuration() {
    return folder.resolve("softhsm2.conf");
  }

  Path pinFile() {
    return folder.resolve("pin");
  }

  HsmSettings settings() {
    return new HsmSettings(LIBRARY, 0, pinFile());
  }

  /** A server's view of it, from its start on. */
  public Hsm hsm() {
    return hsm(Duration.ZERO);
  }

  Hsm hsm(Duration betweenOpenings) {
    return new Hsm(opener(), betweenOpenings);
  }

  TokenOpener opener() {
    return new TokenOpener(this::settings, Duration.ofMillis(200));
  }

  public void takeAway() throws IOException {
    Files.move(folder.resolve("tokens"), folder.resolve("away"));
  }

  void bringBack() throws IOException {
    Files.move(folder.resolve("away"), folder.resolve("tokens"));
  }
}
