// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server of its own that keeps reports in the database for a second only. */
@ExtendWith(ArquillianExtension.class)
class MovedBodiesIT {
  private static final String KEEP = "vmattest.ledger.bodies.keep=PT1S";
  private static final String ENCRYPTS = "vmattest.ledger.encrypt=";

  /** It is looked every 30 seconds. */
  private static final Duration MOVED = Duration.ofSeconds(90);

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static OwnServer server;

  @SuppressWarnings("NullAway.Init") // by prepare()
  private static Guest guest;

  private final Map<String, byte[]> reports = new LinkedHashMap<>();

  @BeforeAll
  static void prepare() throws IOException {
    server = OwnServer.prepared("moved");
    guest = Guest.start(Testbed.get(), "moved");
  }

  @AfterAll
  static void stop() {
    guest.close();
    server.close();
  }

  @Test
  void bodiesLieInFilesThatAreServedAndCheckedAsTheDatabaseIs() throws IOException {
    server.start(ENCRYPTS + "false");
    attest();
    server.stop();
    server.start(ENCRYPTS + "true", KEEP);
    attest();
    String last = attest();
    Await.until("the last report is in a file", MOVED, () -> holds(last));
    assertAllAreServed();
    assertEquals(List.of(), findings());

    server.stop();
    server.start();
    attest();
    assertAllAreServed();
    assertEquals(List.of(), findings());

    assertTheFilesAreAllThereIs();
  }

  private static void assertTheFilesAreAllThereIs() throws IOException {
    List<Path> files = files();
    Path first = files.get(0);
    Path aside = server.state().resolve("aside.zip");
    Files.move(first, aside);
    List<JsonValue> found = findings();
    assertEquals(1, found.size(), found::toString);
    assertEquals("ARCHIVE_MISSING", found.get(0).asJsonObject().getString("kind"));
    assertTrue(found.toString().contains(first.getFileName().toString()), found::toString);
    Files.move(aside, first);
    assertEquals(List.of(), findings());
  }

  private String attest() throws IOException {
    String digest = new Vm(server.api("operator"), guest.id()).attest("{}").getString("digest");
    reports.put(digest, report(digest));
    return digest;
  }

  private void assertAllAreServed() throws IOException {
    for (Map.Entry<String, byte[]> report : reports.entrySet()) {
      assertArrayEquals(report.getValue(), report(report.getKey()), report.getKey());
    }
  }

  private static byte[] report(String digest) throws IOException {
    Api.Answer answer = server.api("auditor").get("/attestations/" + digest, "application/eat+cwt");
    assertEquals(200, answer.status(), answer::toString);
    return answer.bytes();
  }

  private static List<JsonValue> findings() throws IOException {
    return Operations.ledgerFindings(server.api("auditor"));
  }

  /** Whether a file has the guest's document of a report, beside which its body is. */
  private static boolean holds(String report) {
    try {
      for (Path file : files()) {
        if (Serial.of(file).contains("guest/" + report)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> files() throws IOException {
    Path folder = server.state().resolve("archive/ledger");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(files.filter(f -> f.toString().endsWith(".zip")).sorted().toList());
    }
  }
}
