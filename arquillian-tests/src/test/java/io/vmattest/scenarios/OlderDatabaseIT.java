// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
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

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer server;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Guest guest;

  @BeforeAll
  static void prepare() throws IOException {
    assumeTrue(SHARED.database().equals("h2"), "only H2's database is a file that can be put back");
    server = OwnServer.prepared("older");
    guest = Guest.start(SHARED, "older");
  }

  @AfterAll
  static void stop() {
    if (guest != null) {
      guest.close();
      server.close();
    }
  }

  @Test
  void nothingIsWrittenToAnOlderDatabaseUntilAnAdministratorAcknowledgesIt() throws IOException {
    server.start();
    vm().attest("{}");
    awaitCheckpoint();
    server.stop();
    Path database = server.state().resolve("data/h2");
    Path copy = server.state().resolve("h2.copy");
    SHARED.command("cp", "-a", database.toString(), copy.toString());
    server.start();
    vm().attest("{}");
    awaitCheckpoint();
    long newer = size();
    server.stop();
    SHARED.command("rm", "-r", database.toString());
    SHARED.command("mv", copy.toString(), database.toString());

    server.start();
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
    server.stop();
    server.start();
    vm().attest("{}");
  }

  private static Api.Answer put(String policy) throws IOException {
    return admin().put(vm().path("/policy"), policy);
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
    Api.Answer answer = server.api("auditor").get("/ledger/checkpoint", "text/plain");
    return answer.status() == 200
        ? answer.toString().lines().skip(1).findFirst().map(Long::valueOf)
        : Optional.empty();
  }

  private static long size() throws IOException {
    return Vm.expect(200, server.api("auditor").get("/ledger/head"))
        .getJsonNumber("size")
        .longValue();
  }

  private static Api admin() {
    return server.api("admin");
  }

  private static Vm vm() {
    return new Vm(admin(), guest.id());
  }
}
