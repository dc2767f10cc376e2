// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A prepared rollback whose transaction manager's log is gone, as its journal holds it. */
@ExtendWith(ArquillianExtension.class)
class InDoubtRollbackIT {
  private static final Duration PASSES = Duration.ofMinutes(4);
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int FORMAT = 4711;
  private static final URI READY =
      URI.create(
          "http://127.0.0.1:" + System.getProperty("testbed.port.management") + "/health/ready");

  private final Testbed testbed = Testbed.get();
  private final UUID vm = UUID.randomUUID();
  private final String global = UUID.randomUUID().toString().replace("-", "");
  private final String id = id();
  private final Path record = testbed.state().resolve("rollback").resolve(id + ".json");

  /** SHA-256 over format, length of the hexadecimal global identifier, and both identifiers. */
  private String id() {
    byte[] bytes =
        ByteBuffer.allocate(Integer.BYTES + 1 + 16 + 1)
            .putInt(FORMAT)
            .put((byte) global.length())
            .put(HexFormat.of().parseHex(global))
            .put((byte) 1)
            .array();
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** The VM has been removed since: there is nothing to restore. */
  @BeforeEach
  void leave() throws IOException {
    String json =
        Json.createObjectBuilder()
            .add("format", FORMAT)
            .add("global", global)
            .add("qualifier", "01")
            .add("vm", vm.toString())
            .add("attested", "a".repeat(64))
            .add("report", "")
            .add("wasRunning", true)
            .add("phase", "PREPARED")
            .add("suspect", "b".repeat(64))
            .add("definition", "<domain/>")
            .build()
            .toString();
    Path made = Files.writeString(record.resolveSibling(".in-doubt"), json);
    Files.move(made, record, StandardCopyOption.ATOMIC_MOVE);
  }

  @AfterEach
  void clean() throws IOException {
    Files.deleteIfExists(record);
  }

  @Test
  void itIsSeenAndCanBeEndedByHandOnceRecoveryHasLeftItAgainAndAgain() throws IOException {
    Api admin = Api.as(testbed, "admin");
    String path = "/rollbacks/" + id + "/resolution";
    String request = "{\"outcome\": \"COMMIT\", \"why\": \"the log's disk burned\"}";
    assertTrue(open().orElseThrow().getBoolean("inDoubt"));
    assertEquals(403, Api.as(testbed, "operator").post(path, request).status());
    Vm.refused(400, "INVALID_REQUEST", admin.post(path, "{\"outcome\": \"COMMIT\"}"));
    Vm.refused(404, "NO_SUCH_ROLLBACK", admin.post("/rollbacks/1/resolution", request));
    Vm.refused(409, "ROLLBACK_NOT_IN_DOUBT", admin.post(path, request));
    Await.until(
        "the health check's word", SOON, () -> healthData("inDoubt").contains(vm.toString()));

    Await.until("recovery's passes", PASSES, () -> open().orElseThrow().getBoolean("resolvable"));
    Operations.succeed(admin, path, request, SOON);
    assertEquals("COMMITTED_BY_HAND", open().orElseThrow().getString("phase"));
    Vm.refused(409, "ROLLBACK_NOT_IN_DOUBT", admin.post(path, request));
    Await.until(
        "the health check's word", SOON, () -> !healthData("inDoubt").contains(vm.toString()));
    JsonObject entry =
        LedgerReader.of(LedgerReader.all(Api.as(testbed, "auditor")), "ROLLBACK", vm.toString())
            .get(0);
    assertTrue(entry.getString("summary").contains("admin"), entry::toString);
  }

  private Optional<JsonObject> open() {
    try {
      return Vm.expect(200, Api.as(testbed, "viewer").get("/rollbacks"))
          .getJsonArray("rollbacks")
          .getValuesAs(JsonObject.class)
          .stream()
          .filter(rollback -> rollback.getString("id").equals(id))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What readiness says, which stays up. */
  private static String healthData(String name) {
    try (JsonReader reader = Json.createReader(new StringReader(health()))) {
      JsonObject check =
          reader.readObject().getJsonArray("checks").getValuesAs(JsonObject.class).stream()
              .filter(c -> c.getString("name").equals("rollbacks"))
              .findFirst()
              .orElseThrow();
      assertEquals("UP", check.getString("status"));
      return check.getJsonObject("data").getString(name, "");
    }
  }

  private static String health() {
    try {
      HttpRequest request = HttpRequest.newBuilder(READY).build();
      return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
