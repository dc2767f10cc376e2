// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileTree;
import io.vmattest.core.tlog.TileUnavailableException;
import io.vmattest.core.tlog.TlogException;
import io.vmattest.core.tlog.TlogProof;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The ledger as an outsider checks it, who has the log's key and nothing else. */
@ExtendWith(ArquillianExtension.class)
class TransparencyIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @SuppressWarnings("NullAway.Init") // by start()
  private static Guest guest;

  private final Testbed testbed = Testbed.get();
  private final Api auditor = Api.as(testbed, "auditor");
  private final Api admin = Api.as(testbed, "admin");

  @BeforeAll
  static void start() {
    guest = Guest.start(Testbed.get(), "log");
  }

  @AfterAll
  static void stop() {
    guest.close();
  }

  @Test
  void everyEntryIsShownToBeInTheTreeThatTheHsmSigned() throws Exception {
    record();
    Checkpoint first = covering(1).checkpoint();
    record();
    SignedCheckpoint last = covering(first.size() + 1);
    long size = last.checkpoint().size();
    TileTree tree = new TileTree(this::tile, size);
    assertEquals(last.checkpoint().root(), tree.root());
    for (long index : new long[] {0, size / 2, size - 1}) {
      TlogProof proof =
          TlogProof.parse(auditor.get("/ledger/entries/" + index + "/proof", "text/plain").bytes());
      proof.verify(entry(index, size), last.checkpoint().origin(), keys());
    }
    assertTrue(consistency(first.size(), size).verify(first.root(), last.checkpoint().root()));
  }

  @Test
  void eachCheckpointIsBoundToALargerValueOfTheTpmsCounter() throws Exception {
    record();
    SignedCheckpoint first = covering(1);
    record();
    SignedCheckpoint second = covering(first.checkpoint().size() + 1);
    CounterBinding before = CounterBinding.of(first.checkpoint()).orElseThrow();
    CounterBinding after = CounterBinding.of(second.checkpoint()).orElseThrow();
    assertEquals(before.counterId(), after.counterId());
    assertTrue(after.value() > before.value(), before + " then " + after);
  }

  @Test
  void checkpointsGoOutWithTheEvents() throws Exception {
    try (EventTap events = EventTap.open(testbed)) {
      record();
      Await.until("a checkpoint's event", SOON, () -> events.count("CHECKPOINT") > 0);
    }
  }

  @Test
  void whatWasSignedByAnOldKeyIsVerifiedAfterARotation() throws Exception {
    record();
    SignedCheckpoint before = covering(1);
    JsonObject entry = Vm.expect(200, admin.post("/ledger/keys", "{}"));
    assertEquals("LEDGER", entry.getString("type"), entry::toString);
    assertTrue(keys().keys().size() > 1);
    SignedCheckpoint.open(before.encoded(), before.checkpoint().origin(), keys());
    covering(entry.getJsonNumber("index").longValue() + 1);
  }

  @Test
  void theServerFindsNothingWrongInALedgerThatNobodyTouched() throws IOException {
    record();
    JsonObject result = Operations.succeed(auditor, "/ledger/checks", "{}", SOON);
    assertTrue(result.getInt("size") > 0, result::toString);
    assertTrue(result.getJsonArray("findings").isEmpty(), result::toString);
  }

  @Test
  void theServersUserOfPostgresqlCannotChangeTheLedger() throws IOException {
    assumeTrue(
        testbed.database().equals("postgresql"), "H2 has no user of the server's that is less");
    for (String sql :
        List.of(
            "UPDATE ledger_entry SET summary = 'x'",
            "DELETE FROM ledger_body",
            "DELETE FROM ledger_entry",
            "TRUNCATE ledger_tile",
            "UPDATE ledger_checkpoint SET note = 'x'",
            "DELETE FROM ledger_archive",
            "DELETE FROM body_key",
            "SELECT ledger_body_is_archived(0)")) {
      String said = psql("vmattest.postgresql.user", sql);
      assertTrue(said.contains("permission denied"), said);
    }
    String deleted =
        psql(
            "vmattest.postgresql.user",
            "SELECT 'deleted ' || ledger_delete_archived(0, 1000000) AS said");
    assertTrue(deleted.contains("deleted 0"), deleted);
  }

  private String psql(String user, String sql) throws IOException {
    Properties properties = new Properties();
    Path file = testbed.state().resolve("server.properties");
    properties.load(Files.newBufferedReader(file));
    String url =
        "postgresql://%s:%s@127.0.0.1:%s/vmattest"
            .formatted(
                properties.getProperty(user, "vmattest_server"),
                properties.getProperty("vmattest.postgresql.password"),
                properties.getProperty("vmattest.postgresql.port"));
    // psql's error is its answer.
    return testbed.command("sh", "-c", "psql \"$0\" -c \"$1\" 2>&1; true", url, sql);
  }

  /** Something for the ledger. */
  private void record() throws IOException {
    new Vm(Api.as(testbed, "operator"), guest.id()).attest("{}");
  }

  private SignedCheckpoint covering(long size) {
    List<SignedCheckpoint> found = new ArrayList<>();
    Await.until(
        "a checkpoint of " + size,
        SOON,
        () -> {
          latest().ifPresent(found::add);
          return !found.isEmpty() && found.get(found.size() - 1).checkpoint().size() >= size;
        });
    return found.get(found.size() - 1);
  }

  private Optional<SignedCheckpoint> latest() {
    try {
      Api.Answer answer = auditor.get("/ledger/checkpoint", "text/plain");
      return answer.status() == 200 ? Optional.of(opened(answer.bytes())) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SignedCheckpoint opened(byte[] note) throws IOException {
    try {
      String origin = new String(note, UTF_8).lines().findFirst().orElseThrow();
      return SignedCheckpoint.open(note, origin, keys());
    } catch (TlogException e) {
      throw new AssertionError(e);
    }
  }

  private NoteVerifiers keys() throws IOException {
    List<NoteKey> keys = new ArrayList<>();
    String text = new String(auditor.get("/ledger/keys", "text/plain").bytes(), UTF_8);
    for (String line : text.lines().toList()) {
      try {
        keys.add(NoteKey.parse(line));
      } catch (TlogException e) {
        throw new AssertionError(line, e);
      }
    }
    return NoteVerifiers.of(keys);
  }

  private byte[] tile(TilePath path) throws TileUnavailableException {
    try {
      Api.Answer answer = auditor.get("/ledger/" + path.format(), "application/octet-stream");
      assertEquals(200, answer.status(), path::format);
      return answer.bytes();
    } catch (IOException e) {
      throw new TileUnavailableException(path, e);
    }
  }

  private byte[] entry(long index, long size) throws Exception {
    long bundle = index / 256;
    int width = (int) Math.min(256, size - bundle * 256);
    byte[] bytes = tile(TilePath.entries(bundle, width));
    return EntryBundle.parse(bytes, width).entries().get((int) (index % 256));
  }

  private ConsistencyProof consistency(long first, long second) throws IOException {
    JsonObject proof =
        Vm.expect(200, auditor.get("/ledger/consistency?first=" + first + "&second=" + second));
    return new ConsistencyProof(
        first,
        second,
        proof.getJsonArray("path").getValuesAs(JsonString.class).stream()
            .map(hash -> Digest.ofHex(hash.getString()))
            .toList());
  }
}
