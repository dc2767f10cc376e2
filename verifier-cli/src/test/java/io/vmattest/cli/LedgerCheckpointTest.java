// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.SignedCheckpoint;
import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger is what was signed only if the tree over its entries has the checkpoint's root. */
class LedgerCheckpointTest {
  private static final String ORIGIN = "log.example/vmattest";
  private static final String ENTRIES = "GET /ledger/entries?bodies=true&limit=100";
  private static final String CHECKPOINT = "GET /ledger/checkpoint";
  private static final String KEYS = "GET /ledger/keys";
  private static final byte[] BODY = "body".getBytes(UTF_8);

  @TempDir Path folder;
  private final LedgerEntryData zero = next(0, LedgerEntryData.GENESIS);
  private final LedgerEntryData one = next(1, zero.hash());
  private final LedgerEntryData two = next(2, one.hash());
  private final KeyPair key = keyPair();
  private FakeServer server;
  private Map<String, String> settings = Map.of();

  @BeforeEach
  void start() throws Exception {
    server = new FakeServer();
    settings = server.settings(folder);
    server
        .on(
            ENTRIES,
            200,
            Stream.of(zero, one, two)
                .map(LedgerCheckpointTest::json)
                .collect(Collectors.joining(",", "{\"entries\":[", "]}")))
        .on(
            "GET /ledger/head",
            200,
            "{\"size\":3,\"entryHash\":\"%s\"}".formatted(two.hash().hex()));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static LedgerEntryData next(long index, Digest previous) {
    return new LedgerEntryData(
        index,
        LedgerEntryData.Type.REPORT,
        Instant.parse("2026-06-01T00:00:00Z"),
        Optional.empty(),
        Digest.sha256(BODY),
        previous);
  }

  private static String json(LedgerEntryData entry) {
    return ("{\"index\":%d,\"type\":\"%s\",\"at\":\"%s\",\"bodyDigest\":\"%s\","
            + "\"previousHash\":\"%s\",\"entryHash\":\"%s\",\"summary\":\"s\",\"body\":\"%s\"}")
        .formatted(
            entry.index(),
            entry.type(),
            entry.at(),
            entry.body(),
            entry.previous(),
            entry.hash(),
            Base64.getUrlEncoder().withoutPadding().encodeToString(BODY));
  }

  private static KeyPair keyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Digest rootOf(LedgerEntryData... entries) {
    return MerkleTree.root(
        Arrays.stream(entries).map(entry -> MerkleTree.leafHash(entry.encoded())).toList());
  }

  private void serve(Checkpoint checkpoint, KeyPair signer) throws Exception {
    NoteSigner note = NoteSigner.ecdsa(ORIGIN, signer.getPrivate(), signer.getPublic());
    server.onBytes(
        CHECKPOINT, "text/plain", SignedCheckpoint.sign(checkpoint, List.of(note)).encoded());
  }

  private void serve(Checkpoint checkpoint) throws Exception {
    serve(checkpoint, key);
  }

  private void serveKeys() {
    server.onBytes(KEYS, "text/plain", (vkey(key) + "\n").getBytes(UTF_8));
  }

  private static String vkey(KeyPair of) {
    return NoteKey.ecdsa(ORIGIN, of.getPublic()).vkey();
  }

  private String file(String text) throws Exception {
    return Files.writeString(folder.resolve("log.keys"), text).toString();
  }

  private CommandRun ledger(String... more) {
    return CommandRun.of(
        settings,
        Stream.concat(Stream.of("ledger", "--json"), Arrays.stream(more)).toArray(String[]::new));
  }

  private static JsonObject holding(CommandRun run) {
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.json().getBoolean("holds"));
    assertFalse(run.json().containsKey("reason"));
    return run.json();
  }

  private static JsonObject broken(CommandRun run, String reason, String words) {
    assertEquals(1, run.exitCode(), run.toString());
    assertFalse(run.json().getBoolean("holds"));
    assertEquals(reason, run.json().getString("reason"));
    assertTrue(run.json().getString("detail").contains(words), run.out());
    assertFalse(run.json().containsKey("brokenAt"));
    return run.json();
  }

  @Test
  void aCheckpointOverTheFirstEntriesHoldsWhereMoreFollow() throws Exception {
    serve(new Checkpoint(ORIGIN, 2, rootOf(zero, one)));
    serveKeys();
    JsonObject checkpoint = holding(ledger()).getJsonObject("checkpoint");
    assertEquals(ORIGIN, checkpoint.getString("origin"));
    assertEquals(2, checkpoint.getInt("size"));
    assertEquals(rootOf(zero, one).hex(), checkpoint.getString("root"));
    assertFalse(checkpoint.containsKey("counter"));
  }

  @Test
  void theCounterOfACheckpointIsTold() throws Exception {
    String line = new CounterBinding("tpm.1", 4711).line();
    serve(new Checkpoint(ORIGIN, 3, rootOf(zero, one, two), List.of(line)));
    serveKeys();
    JsonObject counter = holding(ledger()).getJsonObject("checkpoint").getJsonObject("counter");
    assertEquals("tpm.1", counter.getString("id"));
    assertEquals(4711, counter.getInt("value"));
  }

  @Test
  void aCheckpointOfTheEmptyLedgerHoldsOverAnyLedger() throws Exception {
    serve(new Checkpoint(ORIGIN, 0, rootOf()));
    serveKeys();
    holding(ledger());
  }

  @Test
  void anotherRootIsFound() throws Exception {
    Digest other = ReportMaker.digest("other");
    serve(new Checkpoint(ORIGIN, 3, other));
    serveKeys();
    broken(ledger(), "CHECKPOINT_ROOT", "root over 3 entries is " + other);
  }

  @Test
  void theRootOfALaterSizeIsNotThatOfTheCheckpoint() throws Exception {
    serve(new Checkpoint(ORIGIN, 2, rootOf(zero, one, two)));
    serveKeys();
    broken(ledger(), "CHECKPOINT_ROOT", "root over 2 entries is");
  }

  @Test
  void aCheckpointOfMoreEntriesThanThereAreIsFound() throws Exception {
    serve(new Checkpoint(ORIGIN, 4, ReportMaker.digest("cut off")));
    serveKeys();
    broken(ledger(), "CHECKPOINT_SIZE", "counts 4 entries, but there are 3");
  }

  @Test
  void aCheckpointThatAnotherKeySignedIsFoundAndNotRepeated() throws Exception {
    serve(new Checkpoint(ORIGIN, 3, rootOf(zero, one, two)), keyPair());
    serveKeys();
    JsonObject json = broken(ledger(), "CHECKPOINT_SIGNATURE", "none of the known keys signed");
    assertFalse(json.containsKey("checkpoint"));
  }

  @Test
  void aKeyVouchesForNoOtherLog() throws Exception {
    serve(new Checkpoint("other.example", 3, rootOf(zero, one, two)));
    serveKeys();
    broken(ledger(), "CHECKPOINT_SIGNATURE", "none of the known keys signed");
  }

  @Test
  void aBrokenChainIsNamedBeforeItsCheckpoint() throws Exception {
    server.close();
    server = new FakeServer();
    settings = server.settings(folder);
    serve(new Checkpoint(ORIGIN, 3, ReportMaker.digest("other")));
    serveKeys();
    server.on(ENTRIES, 200, "{\"entries\":[" + json(one) + "]}");
    CommandRun run = ledger();
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals("INDEX", run.json().getString("reason"));
    assertEquals(0, run.json().getInt("brokenAt"));
  }

  @Test
  void aLedgerWithoutACheckpointHoldsAndSaysSo() {
    JsonObject json = holding(ledger());
    assertTrue(json.getString("detail").contains("There is no checkpoint yet"), json::toString);
    assertFalse(json.containsKey("checkpoint"));
    assertFalse(json.containsKey("keysFrom"));
  }

  @Test
  void aServerThatShowsNoCheckpointToWhoHasTheKeysIsNotBelieved() throws Exception {
    broken(
        ledger("--log-key", file(NoteKey.ecdsa(ORIGIN, keyPair().getPublic()).vkey() + "\n")),
        "CHECKPOINT_MISSING",
        "no signed checkpoint");
  }

  @Test
  void keysThatTheServerNamesAreSaidToProveNothingAgainstIt() throws Exception {
    serve(new Checkpoint(ORIGIN, 3, rootOf(zero, one, two)));
    serveKeys();
    JsonObject json = holding(ledger());
    assertEquals("server", json.getString("keysFrom"));
    assertTrue(json.getString("detail").contains("give --log-key"), json::toString);
  }

  @Test
  void keysFromAFileAreTheOnlyOnesBelieved() throws Exception {
    serve(new Checkpoint(ORIGIN, 3, rootOf(zero, one, two)));
    serveKeys();
    String other = file(vkey(keyPair()) + "\n");
    JsonObject json = broken(ledger("--log-key", other), "CHECKPOINT_SIGNATURE", "not signed");
    assertEquals("file", json.getString("keysFrom"));
    assertFalse(server.requests.contains(KEYS), server.requests::toString);
    String both = file("# old and new\n\n" + vkey(keyPair()) + "\n" + vkey(key) + "\n");
    json = holding(ledger("--log-key", both));
    assertEquals("file", json.getString("keysFrom"));
    assertFalse(json.getString("detail").contains("--log-key"), json::toString);
  }

  @Test
  void aFileWithoutKeysOrWithSomethingElseIsNamed() throws Exception {
    CommandRun none = ledger("--log-key", file("# none\n"));
    assertEquals(3, none.exitCode());
    assertTrue(none.err().contains("holds no verifier key"), none.err());
    CommandRun other = ledger("--log-key", file("# a\nb\n"));
    assertEquals(3, other.exitCode());
    assertTrue(other.err().contains("line 2: a verifier key is"), other.err());
  }

  @Test
  void whatIsNoSignedNoteIsNotTakenForACheckpoint() {
    server.onBytes(CHECKPOINT, "text/plain", "nothing".getBytes(UTF_8));
    CommandRun run = ledger();
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("is no signed note"), run.err());
  }
}
