// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ArquillianExtension.class)
class HsmReadinessIT {
  private static final Duration RECOVERY = Duration.ofSeconds(30);
  private static final URI READY =
      URI.create(
          "http://127.0.0.1:" + System.getProperty("testbed.port.management") + "/health/ready");

  private final Path tokens = Testbed.get().state().resolve("hsm/tokens");
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void readinessTellsWhetherTheTokenIsThere() throws IOException {
    Await.until("the token", RECOVERY, () -> status() == 200);
    assertEquals("vmattest", check().getJsonObject("data").getString("token"));
    String generation = check().getJsonObject("data").getString("generation");
    Path away = tokens.resolveSibling("away");
    Files.move(tokens, away);
    try {
      assertEquals(503, status());
      assertEquals("DOWN", check().getString("status"));
      assertTrue(check().getJsonObject("data").getString("reason").contains("CKR_"));
    } finally {
      Files.move(away, tokens);
    }
    Await.until("the token again", RECOVERY, () -> status() == 200);
    assertEquals(generation, check().getJsonObject("data").getString("generation"));
  }

  @Test
  void aReportThatComesWhileTheTokenIsAwayWaitsForIt() throws IOException {
    Testbed testbed = Testbed.get();
    try (Guest guest = Guest.start(testbed, "hsm")) {
      Vm vm = new Vm(Api.as(testbed, "operator"), guest.id());
      vm.attest("{}");
      long before = failures(testbed);
      Path away = tokens.resolveSibling("away");
      Files.move(tokens, away);
      CompletableFuture<JsonObject> report = CompletableFuture.supplyAsync(() -> attested(vm));
      try {
        Await.until("a report that cannot be appended", RECOVERY, () -> failures(testbed) > before);
        assertFalse(report.isDone());
      } finally {
        Files.move(away, tokens);
      }
      assertEquals(2, report.join().getInt("sequence"));
    }
  }

  /** Attempts to append that the server's log tells of. */
  private static long failures(Testbed testbed) {
    try (Stream<String> lines = Files.lines(testbed.state().resolve("log/server.log"))) {
      return lines.filter(line -> line.contains("reports could not be appended")).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonObject attested(Vm vm) {
    try {
      return vm.attest("{}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonObject check() {
    try (JsonReader reader = Json.createReader(new StringReader(health().body()))) {
      return reader.readObject().getJsonArray("checks").getValuesAs(JsonObject.class).stream()
          .filter(check -> check.getString("name").equals("hsm"))
          .findFirst()
          .orElseThrow();
    }
  }

  private int status() {
    return health().statusCode();
  }

  private HttpResponse<String> health() {
    try {
      return client.send(HttpRequest.newBuilder(READY).build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
