// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server of its own, whose database is put back behind its back. */
@ExtendWith(ArquillianExtension.class)
class OlderDatabaseIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Testbed SHARED = Testbed.get();
  private static final Path STATE = SHARED.state().resolveSibling("older").resolve("state");

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Guest guest;

  private static String offset = "";

  @BeforeAll
  static void prepare() throws IOException {
    assumeTrue(SHARED.database().equals("h2"), "only H2's database is a file that can be put back");
    Files.createDirectories(STATE);
    SHARED.script("pki.sh", "create", STATE.resolve("pki").toString());
    SHARED.script("tpm.sh", "start", STATE.resolve("tpm").toString());
    offset = SHARED.script("server.sh", "offset");
    guest = Guest.start(SHARED, "older");
  }

  @AfterAll
  static void stop() {
    if (guest != null) {
      guest.close();
      stopServer();
      SHARED.script("tpm.sh", "stop", STATE.resolve("tpm").toString());
    }
  }

  @Test
  void nothingIsWrittenToAnOlderDatabaseUntilAnAdministratorAcknowledgesIt() throws IOException {
    startServer();
    vm().attest("{}");
    awaitCheckpoint();
    stopServer();
    Path database = STATE.resolve("data/h2");
    Path copy = STATE.resolve("h2.copy");
    SHARED.command("cp", "-a", database.toString(), copy.toString());
    startServer();
    vm().attest("{}");
    awaitCheckpoint();
    long newer = size();
    stopServer();
    SHARED.command("rm", "-r", database.toString());
    SHARED.command("mv", copy.toString(), database.toString());

    startServer();
    long older = size();
    assertTrue(older < newer, older + " before " + newer);
    JsonObject refused = put("{\"intervalSeconds\": 3600}").json();
    assertEquals("LEDGER_OLDER", refused.getString("reason"), refused::toString);
    assertEquals(older, size());

    JsonObject entry =
        Vm.expect(
            200, admin().post("/ledger/acknowledgements", "{\"reason\": \"restored on purpose\"}"));
    assertEquals(older, entry.getJsonNumber("index").longValue());
    assertTrue(entry.getString("summary").contains("restored on purpose"), entry::toString);
    vm().attest("{}");
    awaitCheckpoint();
    assertEquals(400, admin().post("/ledger/acknowledgements", "{\"reason\": \"again\"}").status());
    stopServer();
    startServer();
    vm().attest("{}");
  }

  private static Api.Answer put(String policy) throws IOException {
    return admin().put(vm().path("/policy"), policy);
  }

  private static void startServer() throws IOException {
    List<String> command = new ArrayList<>(List.of("start", STATE.toString()));
    command.add("jboss.socket.binding.port-offset=" + offset);
    command.add("vmattest.libvirt.uri=" + SHARED.libvirtUri());
    command.addAll(SHARED.otherDatabase("vmattest_older"));
    SHARED.script("server.sh", command.toArray(String[]::new));
  }

  private static void stopServer() {
    SHARED.script("server.sh", "stop", STATE.toString());
  }

  private static void awaitCheckpoint() {
    Await.until(
        "a checkpoint of all entries",
        SOON,
        () -> {
          try {
            return signed().equals(Optional.of(size()));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** How many entries the last checkpoint covers: its second line. */
  private static Optional<Long> signed() throws IOException {
    Api.Answer answer = api("auditor").get("/ledger/checkpoint", "text/plain");
    return answer.status() == 200
        ? answer.toString().lines().skip(1).findFirst().map(Long::valueOf)
        : Optional.empty();
  }

  private static long size() throws IOException {
    return Vm.expect(200, api("auditor").get("/ledger/head")).getJsonNumber("size").longValue();
  }

  private static Api admin() {
    return api("admin");
  }

  private static Api api(String role) {
    int port = 8443 + Integer.parseInt(offset);
    return Api.of(SHARED.withServer(STATE, port), port, Optional.of(role));
  }

  private static Vm vm() {
    return new Vm(admin(), guest.id());
  }
}
