// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.testing.ReportMaker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerCommandsTest {
  private static final String ID = ReportMaker.VM.toString();
  static final String VMS =
      "{\"vms\":[{\"id\":\"%s\",\"name\":\"web01\",\"state\":\"RUNNING\",\"verdict\":\"VERIFIED\","
              .formatted(ID)
          + "\"lastReport\":{\"digest\":\"00\",\"sequence\":4,\"issuedAt\":\"x\"},"
          + "\"ageSeconds\":400}]}";
  static final String DIGEST = "ab".repeat(32);

  @TempDir Path folder;
  private FakeServer server;
  private Map<String, String> settings = Map.of();

  @BeforeEach
  void start() throws Exception {
    server = new FakeServer().on("GET /vms", 200, VMS);
    settings = server.settings(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private CommandRun run(String... args) {
    return CommandRun.of(settings, args);
  }

  private static String verification(String verdict, String discrepancies) {
    return "{\"id\":\"1\",\"verdict\":\"%s\",\"at\":\"now\",\"discrepancies\":[%s]}"
        .formatted(verdict, discrepancies);
  }

  @Test
  void machinesAreListed() {
    CommandRun run = run("vms");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("web01"), run.out());
    assertTrue(run.out().contains("number 4, 6 min ago"), run.out());
    assertEquals(
        "web01",
        run("vms", "--json").json().getJsonArray("vms").getJsonObject(0).getString("name"));
  }

  @Test
  void aVerdictIsTheExitCode() {
    String request = "POST /vms/" + ID + "/verifications";
    server.on(
        request,
        201,
        verification("VERIFIED", ""),
        verification(
            "DISCREPANT",
            "{\"component\":\"cpu/control\",\"severity\":\"CRITICAL\",\"subject\":\"vcpu0 CR4\","
                + "\"expected\":\"1\",\"actual\":\"0\",\"explanation\":\"CR4 bit 20 (SMEP) cleared.\"}"),
        verification("UNVERIFIABLE", ""));
    assertEquals(0, run("verify", "web01").exitCode());
    CommandRun discrepant = run("verify", ID);
    assertEquals(1, discrepant.exitCode());
    assertTrue(discrepant.out().contains("CRITICAL  cpu/control, vcpu0"), discrepant.out());
    assertTrue(discrepant.out().contains("SMEP"), discrepant.out());
    assertEquals(3, run("verify", "web01").exitCode());
  }

  @Test
  void aNameMeansTheMachineThatIsThereAndNotOneThatIsGone() {
    String gone = "00000000-0000-0000-0000-000000000001";
    String both =
        VMS.replace(
            "{\"vms\":[",
            "{\"vms\":[{\"id\":\"%s\",\"name\":\"web01\",\"state\":\"ABSENT\"},".formatted(gone));
    String running = both.replace("RUNNING", "SHUT_OFF").replace("ABSENT", "RUNNING");
    server.on("GET /vms", 200, both, running);
    server.on("POST /vms/" + ID + "/verifications", 201, verification("VERIFIED", ""));
    assertEquals(0, run("verify", "web01").exitCode(), "it is alone");
    assertEquals(0, run("verify", "web01").exitCode(), "the other is gone");
    CommandRun ambiguous = run("verify", "web01");
    assertEquals(3, ambiguous.exitCode());
    assertTrue(ambiguous.err().contains("give the identifier"), ambiguous.err());
  }

  @Test
  void aMachineThatDoesNotExistEndsWith3() {
    CommandRun run = run("verify", "nobody");
    assertEquals(3, run.exitCode());
    assertEquals("vmattest: There is no virtual machine \"nobody\".\n", run.err());
  }

  @Test
  void aProblemIsToldInTheServersWords() {
    server.on(
        "POST /vms/" + ID + "/verifications",
        409,
        "{\"type\":\"t\",\"title\":\"Busy\",\"status\":409,\"detail\":\"It is being captured.\","
            + "\"reason\":\"BUSY\"}");
    CommandRun run = run("verify", "web01", "--json");
    assertEquals(3, run.exitCode());
    assertEquals("vmattest: Busy: It is being captured.\n", run.err());
    assertEquals("BUSY", run.json().getJsonObject("problem").getString("reason"));
  }

  @Test
  void anAnswerThatIsNoProblemDocumentIsNotShown() {
    server.onTyped(
        "POST /vms/" + ID + "/verifications", 502, "text/html", "<h1>\u001b[31mbad</h1>");
    CommandRun run = run("verify", "web01");
    assertEquals(3, run.exitCode());
    assertEquals("vmattest: The server answers 502.\n", run.err());
  }

  @Test
  void anAnswerWithoutEndIsNotTakenIn() {
    server.onBytes("GET /vms/" + ID + "/baseline", "application/json", new byte[(8 << 20) + 1]);
    CommandRun run = run("baseline", ID);
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("has more than 8388608 bytes"), run.err());
  }

  @Test
  void anAnswerOfTheWrongShapeEndsWith3() {
    server.on("POST /vms/" + ID + "/verifications", 201, "[]", "{\"verdict\":7}", "{");
    for (int i = 0; i < 3; i++) {
      CommandRun run = run("verify", "web01");
      assertEquals(3, run.exitCode());
      assertTrue(run.err().startsWith("vmattest: The server's answer"), run.err());
    }
  }

  @Test
  void aBaselineIsShownAndSet() {
    server
        .on("GET /vms/" + ID + "/baseline", 200, "{\"report\":\"" + DIGEST + "\"}")
        .on("PUT /vms/" + ID + "/baseline", 200, "{\"report\":\"" + DIGEST + "\"}");
    assertTrue(run("baseline", "web01").out().contains(DIGEST));
    assertEquals(0, run("baseline", "web01", "--set", DIGEST).exitCode());
    CommandRun neither = run("baseline", "web01", "--set", "yesterday");
    assertEquals(2, neither.exitCode());
    assertTrue(neither.err().contains("neither a report's digest nor its number"), neither.err());
  }

  @Test
  void withoutACertificateNothingIsSaid() {
    Map<String, String> nobody = new HashMap<>(settings);
    nobody.keySet().removeAll(List.of("VMATTEST_CERT", "VMATTEST_KEY"));
    CommandRun run = CommandRun.of(nobody, "vms");
    assertEquals(3, run.exitCode());
    assertEquals(List.of(), server.requests);
  }

  @Test
  void aServerThatNobodyVouchesForIsNotAsked() {
    Map<String, String> strangers = new HashMap<>(settings);
    strangers.remove("VMATTEST_CA");
    CommandRun run = CommandRun.of(strangers, "vms");
    assertEquals(3, run.exitCode());
    assertEquals(List.of(), server.requests);
  }

  @Test
  void aKeystoreWillDo() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, new char[0]);
    store.setKeyEntry(
        "me",
        server.client.key().getPrivate(),
        "secret".toCharArray(),
        new Certificate[] {server.client.certificate()});
    Path keystore = folder.resolve("me.p12");
    try (var out = Files.newOutputStream(keystore)) {
      store.store(out, "secret".toCharArray());
    }
    Path password = Files.writeString(folder.resolve("password"), "secret\n");
    Map<String, String> bare = new HashMap<>(settings);
    bare.keySet().removeAll(List.of("VMATTEST_CERT", "VMATTEST_KEY"));
    CommandRun run =
        CommandRun.of(
            bare, "vms", "--keystore", keystore.toString(), "--password-file", password.toString());
    assertEquals(0, run.exitCode(), run.toString());
  }

  @Test
  void aPlainHttpServerIsRefused() {
    CommandRun run = run("vms", "--server", "http://localhost:1");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("not an https URL"), run.err());
    assertEquals(2, run("vms", "--server", "https://a b").exitCode());
  }

  @Test
  void anOptionWithoutTheOneItNeedsIsWrongUsage() {
    Map<String, String> bare = new HashMap<>(settings);
    bare.keySet().removeAll(List.of("VMATTEST_CERT", "VMATTEST_KEY"));
    for (String option : List.of("cert", "key", "keystore")) {
      String file = folder.resolve("cert.pem").toString();
      CommandRun run = CommandRun.of(bare, "vms", "--" + option, file);
      assertEquals(2, run.exitCode(), option);
      assertTrue(run.err().startsWith("vmattest: --" + option + " needs --"), run.err());
    }
    assertEquals(List.of(), server.requests);
  }
}
