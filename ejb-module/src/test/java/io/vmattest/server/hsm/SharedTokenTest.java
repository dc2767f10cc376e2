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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
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
        assertTrue(server.waitFor(120, TimeUnit.SECONDS), "it is not done");
        String output = new String(server.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, server.exitValue(), output);
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
    OpenToken open = open();
    KeyMaker maker = new KeyMaker(open);
    maker.mark("vmattest-claim-1-0");
    new GenerationClaim(open, maker, Duration.ofMillis(200), Duration.ofMillis(300)).make(1);
    assertEquals(KEYS, labels());
  }

  @Test
  void markOfALivingServerIsLeftThoughOthersWereThereForLong() throws Exception {
    OpenToken open = open();
    KeyMaker maker = new KeyMaker(open);
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(
            () -> {
              try {
                new GenerationClaim(open(), maker, Duration.ofMillis(200), Duration.ofSeconds(4))
                    .make(1);
              } catch (Exception e) {
                throw new CompletionException(e);
              }
            });
    // Each is there for less than the patience, all together for longer.
    String last = "";
    for (int i = 0; i < 50; i++) {
      String next = "vmattest-claim-1-" + i;
      maker.mark(next);
      open.delete(last);
      last = next;
      Thread.sleep(100);
      assertTrue(open.aliases().contains(last), "it was removed");
    }
    open.delete(last);
    waiting.get(60, TimeUnit.SECONDS);
    assertEquals(KEYS, labels());
  }

  private OpenToken open() throws Exception {
    return OpenToken.open(
        new Pkcs11Library(SoftToken.LIBRARY),
        token.settings(),
        new PinFile(token.pinFile()),
        new Pkcs11Library(SoftToken.LIBRARY).provider(0, ""));
  }

  private Set<String> labels() throws Exception {
    OpenToken open = open();
    KeyStore store = open.load(open.provider());
    assertEquals(KEYS.size(), store.size());
    return Set.copyOf(open.aliases());
  }

  private Process server() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--add-opens=jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FirstUse.class.getName(),
                token.pinFile().toString())
            .redirectErrorStream(true);
    builder.environment().put("SOFTHSM2_CONF", token.configuration().toString());
    return builder.start();
  }
}
