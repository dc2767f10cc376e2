// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.tlog.NoteKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A proof is fetched once, and verified wherever the log's key is. */
class ProofCommandTest {
  private static final int ENTRY = 273;
  private static final StandingWitness ONE = new StandingWitness("one.example", 1);
  private static final StandingWitness TWO = new StandingWitness("two.example", 2);
  private static final StandingWitness THREE = new StandingWitness("three.example", 3);

  @TempDir Path folder;
  private final FakeServer server = new FakeServer();
  private final MadeLog log = new MadeLog();
  private Map<String, String> settings = Map.of();
  private Path proof = Path.of("");
  private Path entry = Path.of("");
  private Path key = Path.of("");

  ProofCommandTest() throws Exception {}

  @BeforeEach
  void fetch() throws Exception {
    log.grownTo(300).serve(server);
    settings = server.settings(folder);
    key = log.keyFile(folder);
    proof = folder.resolve("a.tlog-proof");
    entry = folder.resolve(ENTRY + ".entry");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private CommandRun fetched(String... more) {
    List<String> args =
        new ArrayList<>(List.of("ledger", "proof", "" + ENTRY, "-o", proof.toString()));
    args.addAll(List.of(more));
    return CommandRun.of(settings, args.toArray(String[]::new));
  }

  private CommandRun verified(String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("proof", "verify", proof.toString(), "--entry", entry.toString(), "--json"));
    args.addAll(List.of(more));
    // Without a server: nothing of it is set.
    return CommandRun.of(Map.of("HOME", folder.toString()), args.toArray(String[]::new));
  }

  private CommandRun verifiedByKey(String... more) {
    List<String> args = new ArrayList<>(List.of("--log-key", key.toString()));
    args.addAll(List.of(more));
    return verified(args.toArray(String[]::new));
  }

  private static void assertFails(CommandRun run, String reason) {
    assertEquals(1, run.exitCode(), run.toString());
    assertEquals(reason, run.json().getString("reason"), run.toString());
    assertFalse(run.json().getBoolean("holds"));
  }

  @Test
  void whatWasFetchedIsVerifiedWithoutTheServer() throws Exception {
    Path body = folder.resolve("body");
    CommandRun run = fetched("--log-key", key.toString(), "--body", body.toString());
    assertEquals(0, run.exitCode(), run.toString());
    server.close();
    assertArrayEquals(log.entries.get(ENTRY).encoded(), Files.readAllBytes(entry));
    CommandRun verified = verifiedByKey("--body", body.toString());
    assertEquals(0, verified.exitCode(), verified.toString());
    assertTrue(verified.json().getBoolean("holds"));
    assertEquals(ENTRY, verified.json().getInt("index"));
    assertEquals(300, verified.json().getJsonObject("checkpoint").getInt("size"));
  }

  @Test
  void keysOfTheServerAreSaidToProveNothingAgainstIt() {
    CommandRun run = fetched();
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.out().contains("give --log-key"), run.out());
  }

  @Test
  void nothingIsWrittenThatAnotherKeySigned() throws Exception {
    String other =
        NoteKey.ecdsa(MadeLog.ORIGIN, io.vmattest.core.testing.TestCertificates.p256().getPublic())
            .vkey();
    Files.writeString(key, other + "\n");
    assertFails(fetched("--json", "--log-key", key.toString()), "CHECKPOINT_SIGNATURE");
    assertFalse(Files.exists(proof));
    assertFalse(Files.exists(entry));
  }

  @Test
  void aProofOfAnotherEntryThatTheServerGivesIsRefused() throws Exception {
    server.onBytes("GET /ledger/entries/273/proof", "text/plain", log.proof(272));
    assertFails(fetched("--json", "--log-key", key.toString()), "INCLUSION");
    assertFalse(Files.exists(proof));
  }

  @Test
  void anotherEntryIsNotTheOneInTheLog() throws Exception {
    fetched();
    Files.write(entry, log.entries.get(ENTRY - 1).encoded());
    assertFails(verifiedByKey(), "INCLUSION");
  }

  @Test
  void eachChangedByteOfTheEntryIsFound() throws Exception {
    fetched();
    byte[] encoded = Files.readAllBytes(entry);
    for (int i = 0; i < encoded.length; i += 7) {
      byte[] changed = encoded.clone();
      changed[i] ^= 1;
      Files.write(entry, changed);
      assertFails(verifiedByKey(), "INCLUSION");
    }
  }

  @Test
  void aChangedProofIsFound() throws Exception {
    fetched();
    String text = Files.readString(proof);
    Files.writeString(proof, text.replace("index 273", "index 272"));
    assertFails(verifiedByKey(), "INCLUSION");
    Files.writeString(proof, text.replace("\n300\n", "\n301\n"));
    assertFails(verifiedByKey(), "CHECKPOINT_SIGNATURE");
    Files.writeString(proof, "something else");
    assertFails(verifiedByKey(), "PROOF_MALFORMED");
  }

  @Test
  void anotherBodyIsFound() throws Exception {
    fetched();
    Path body = Files.write(folder.resolve("body"), log.bodies.get(0));
    assertFails(verifiedByKey("--body", body.toString()), "BODY");
  }

  @Test
  void whatIsMissingIsWrongUsage() {
    fetched();
    CommandRun run = verified();
    assertEquals(2, run.exitCode(), run.toString());
    assertTrue(run.err().contains("--log-key"), run.err());
    CommandRun bare = CommandRun.of(settings, "proof", "verify", proof.toString());
    assertEquals(2, bare.exitCode(), bare.toString());
  }

  @Test
  void theLogsKeysArePrintedAsAFileWantsThem() throws Exception {
    CommandRun run = CommandRun.of(settings, "ledger", "keys");
    assertEquals(0, run.exitCode(), run.toString());
    assertEquals(log.vkey() + "\n", run.out());
  }

  @Test
  void keysAreRotatedAndAnOlderDatabaseIsAcknowledged() {
    String entry = "{\"index\":7,\"summary\":\"done\"}";
    server.on("POST /ledger/keys", 200, entry).on("POST /ledger/acknowledgements", 200, entry);
    CommandRun rotated = CommandRun.of(settings, "ledger", "rotate");
    assertEquals(0, rotated.exitCode(), rotated.toString());
    assertTrue(rotated.out().contains("Entry 7: done"), rotated.out());
    CommandRun said = CommandRun.of(settings, "ledger", "acknowledge", "--reason", "restored");
    assertEquals(0, said.exitCode(), said.toString());
    assertTrue(
        server.requests.contains("POST /ledger/acknowledgements {\"reason\":\"restored\"}"),
        server.requests::toString);
    assertEquals(2, CommandRun.of(settings, "ledger", "acknowledge").exitCode());
    assertEquals(2, CommandRun.of(settings, "ledger", "acknowledge", "--reason", " ").exitCode());
  }

  private void cosignedBy(StandingWitness... witnesses) throws Exception {
    for (StandingWitness witness : witnesses) {
      log.witnesses.add(witness.signer());
    }
    log.grownTo(301);
    fetched();
  }

  private Path keysOf(StandingWitness... witnesses) throws Exception {
    List<String> keys = Stream.of(witnesses).map(w -> w.publicKey().vkey()).toList();
    return Files.write(folder.resolve("witness.keys"), keys);
  }

  @Test
  void cosignaturesOfTheWitnessesThatAreGivenAreWanted() throws Exception {
    cosignedBy(ONE, TWO);
    CommandRun run = verifiedByKey("--witness-key", keysOf(ONE, TWO).toString());
    assertEquals(0, run.exitCode(), run.toString());
    assertEquals(
        "[{\"name\":\"one.example\",\"at\":\"2026-05-28T20:26:40Z\"},"
            + "{\"name\":\"two.example\",\"at\":\"2026-05-28T20:26:40Z\"}]",
        run.json().getJsonArray("witnesses").toString());
    assertFails(verifiedByKey("--witness-key", keysOf(ONE, TWO, THREE).toString()), "WITNESSES");
    String keys = keysOf(TWO, THREE).toString();
    assertEquals(0, verifiedByKey("--witness-key", keys, "--witnesses", "1").exitCode());
    assertFails(verifiedByKey("--witness-key", keys, "--witnesses", "2"), "WITNESSES");
  }

  @Test
  void aWitnessWithTwoKeysCountsOnce() throws Exception {
    StandingWitness again = new StandingWitness(ONE.name(), 9);
    cosignedBy(ONE, again);
    String keys = keysOf(ONE, again, TWO).toString();
    assertEquals(0, verifiedByKey("--witness-key", keys, "--witnesses", "1").exitCode());
    assertFails(verifiedByKey("--witness-key", keys, "--witnesses", "2"), "WITNESSES");
  }

  @Test
  void aCosignatureThatDoesNotVerifyIsNoCosignature() throws Exception {
    log.witnesses.add(ONE.signerOfSomethingElse());
    log.grownTo(301);
    fetched();
    assertFails(verifiedByKey("--witness-key", keysOf(ONE).toString()), "WITNESSES");
  }

  @Test
  void whatWitnessesAreWantedHasToBeSaidWell() throws Exception {
    cosignedBy(ONE);
    String keys = keysOf(ONE).toString();
    assertUsage(verifiedByKey("--witnesses", "1"), "--witness-key is missing");
    assertUsage(verifiedByKey("--witness-key", keys, "--witnesses", "0"), "at least one");
    assertUsage(verifiedByKey("--witness-key", keys, "--witnesses", "2"), "of whom 2 are wanted");
    assertUsage(verifiedByKey("--witness-key", key.toString()), "which is no witness's");
  }

  private static void assertUsage(CommandRun run, String said) {
    assertEquals(2, run.exitCode(), run.toString());
    assertTrue(run.err().contains(said), run.toString());
  }
}
