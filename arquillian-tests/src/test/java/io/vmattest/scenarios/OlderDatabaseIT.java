// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server of its own, whose database is put back, or emptied, behind its back. */
@ExtendWith(ArquillianExtension.class)
class OlderDatabaseIT {
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
    startAndAttest();
    server.stop();
    Path database = database();
    Path copy = server.state().resolve("h2.copy");
    SHARED.command("cp", "-a", database.toString(), copy.toString());
    startAndAttest();
    long newer = server.ledgerSize();
    server.stop();
    SHARED.command("rm", "-r", database.toString());
    SHARED.command("mv", copy.toString(), database.toString());

    server.start();
    long older = server.ledgerSize();
    assertTrue(older < newer, older + " before " + newer);
    assertRefused();
    assertEquals(older, server.ledgerSize());

    JsonObject entry =
        Vm.expect(
            200, admin().post("/ledger/acknowledgements", "{\"reason\": \"restored on purpose\"}"));
    assertEquals(older, entry.getJsonNumber("index").longValue());
    assertTrue(entry.getString("summary").contains("restored on purpose"), entry::toString);
    vm().attest("{}");
    server.awaitCheckpoint();
    assertEquals(400, admin().post("/ledger/acknowledgements", "{\"reason\": \"again\"}").status());
    server.stop();
    server.start();
    vm().attest("{}");
  }

  @Test
  void anEmptiedDatabaseIsNotTakenForTheFirst() throws IOException {
    startAndAttest();
    server.stop();
    SHARED.command("rm", "-r", database().toString());

    server.start();
    assertRefused();
    assertEquals(0, server.ledgerSize());
    Vm.expect(200, admin().post("/ledger/acknowledgements", "{\"reason\": \"begun anew\"}"));
    startAndAttest();
    assertEquals(List.of(), Operations.ledgerFindings(server.api("auditor")));
  }

  @AfterEach
  void stopServer() {
    server.stop();
  }

  private static void startAndAttest() throws IOException {
    server.start();
    vm().attest("{}");
    server.awaitCheckpoint();
  }

  private static Path database() {
    return server.state().resolve("data/h2");
  }

  private static void assertRefused() throws IOException {
    Vm.refused(
        503, "LEDGER_OLDER", admin().put(vm().path("/policy"), "{\"intervalSeconds\": 3600}"));
  }

  private static Api admin() {
    return server.api("admin");
  }

  private static Vm vm() {
    return new Vm(admin(), guest.id());
  }
}
