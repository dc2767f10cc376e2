// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedTokenTest {
  private static final Set<String> KEYS =
      Set.of("vmattest-data-1", "vmattest-log-1", "vmattest-result-1", "vmattest-seal-1");

  @TempDir Path folder;
  private SoftToken token;

  @BeforeEach
  void makeToken() throws Exception {
    token = SoftToken.make(folder.resolve("hsm"));
  }

  @Test
  void serversThatStartAtOnceMakeOneGeneration() throws Exception {
    List<Process> servers = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        servers.add(server());
      }
      Set<String> said = new HashSet<>();
      for (Process server : servers) {
        String output = new String(server.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(server.waitFor(60, TimeUnit.SECONDS) && server.exitValue() == 0, output);
        said.add(output);
      }
      assertEquals(1, said.size(), said.toString());
    } finally {
      servers.forEach(Process::destroyForcibly);
    }
    assertEquals(KEYS, labels());
  }

  @Test
  void aServerThatDiedWhileItMadeKeysIsWaitedForNoLongerThanThat() throws Exception {
    OpenToken open =
        OpenToken.open(
            new Pkcs11Library(SoftToken.LIBRARY),
            token.settings(),
            new PinFile(token.pinFile()),
            new Pkcs11Library(SoftToken.LIBRARY).provider(0, ""));
    KeyMaker maker = new KeyMaker(open);
    maker.mark("vmattest-claim-1-0");
    new GenerationClaim(open, maker, Duration.ofMillis(200), Duration.ofMillis(300)).make(1);
    assertEquals(KEYS, labels());
  }

  private Set<String> labels() throws Exception {
    OpenToken open =
        OpenToken.open(
            new Pkcs11Library(SoftToken.LIBRARY),
            token.settings(),
            new PinFile(token.pinFile()),
            new Pkcs11Library(SoftToken.LIBRARY).provider(0, ""));
    KeyStore store = open.load(open.provider());
    assertEquals(KEYS.size(), store.size());
    return Set.copyOf(open.aliases());
  }

  private Process server() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FirstUse.class.getName(),
                token.pinFile().toString())
            .redirectErrorStream(true);
    builder.environment().put("SOFTHSM2_CONF", token.configuration().toString());
    return builder.start();
  }
}
