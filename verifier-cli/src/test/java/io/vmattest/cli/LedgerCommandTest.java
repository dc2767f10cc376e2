// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ledger is what it says only if every byte of it was hashed, up to its head. */
class LedgerCommandTest {
  private static final String FIRST = "GET /ledger/entries?bodies=true&limit=100";
  private static final String SECOND = FIRST + "&after=0";
  private static final String HEAD = "GET /ledger/head";

  @TempDir Path folder;
  private FakeServer server;
  private final LedgerEntryData zero = next(0, LedgerEntryData.GENESIS);
  private final LedgerEntryData one = next(1, zero.hash());
  private Map<String, String> settings = Map.of();

  @BeforeEach
  void start() throws Exception {
    server = new FakeServer();
    settings = server.settings(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private CommandRun run(String... args) {
    return CommandRun.of(settings, args);
  }

  private static byte[] bodyOf(long index) {
    return ("body " + index).getBytes(StandardCharsets.UTF_8);
  }

  private static LedgerEntryData next(long index, Digest previous) {
    return new LedgerEntryData(
        index,
        LedgerEntryData.Type.REPORT,
        Instant.parse("2026-06-01T00:00:00Z"),
        Optional.empty(),
        Digest.sha256(bodyOf(index)),
        previous);
  }

  private static String entry(LedgerEntryData entry) {
    return entry(entry, bodyOf(entry.index()));
  }

  private static String entry(LedgerEntryData entry, byte[] body) {
    return ("{\"index\":%d,\"type\":\"%s\",\"at\":\"%s\",\"bodyDigest\":\"%s\","
            + "\"previousHash\":\"%s\",\"entryHash\":\"%s\",\"summary\":\"s\",\"body\":\"%s\"}")
        .formatted(
            entry.index(),
            entry.type(),
            entry.at(),
            entry.body(),
            entry.previous(),
            entry.hash(),
            Base64.getUrlEncoder().withoutPadding().encodeToString(body));
  }

  private static String page(String entries) {
    return "{\"entries\":[" + entries + "]}";
  }

  private static String pageBefore(String entries, long next) {
    return "{\"entries\":[" + entries + "],\"next\":" + next + "}";
  }

  private static String head(long size, Digest hash) {
    return "{\"size\":%d,\"entryHash\":\"%s\"}".formatted(size, hash);
  }

  private void assertBroken(String reason, String words) {
    CommandRun run = run("ledger", "--json");
    assertEquals(1, run.exitCode(), run.toString());
    assertFalse(run.json().getBoolean("holds"));
    assertEquals(reason, run.json().getString("reason"));
    assertTrue(run.json().getString("detail").contains(words), run.out());
  }

  @Test
  void anUntouchedLedgerHoldsPageByPage() {
    server
        .on(FIRST, 200, pageBefore(entry(zero), 0))
        .on(SECOND, 200, page(entry(one)))
        .on(HEAD, 200, head(2, one.hash()));
    CommandRun run = run("ledger", "--limit", "1", "--json");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.json().getBoolean("holds"));
    assertEquals(2, run.json().getInt("size"));
    assertEquals(one.hash().hex(), run.json().getString("head"));
    assertEquals(1, run.json().getJsonArray("entries").size());
    assertFalse(run.json().getJsonArray("entries").getJsonObject(0).containsKey("body"));
  }

  @Test
  void anEmptyLedgerHolds() {
    server.on(FIRST, 200, page("")).on(HEAD, 200, head(0, LedgerEntryData.GENESIS));
    assertEquals(0, run("ledger").exitCode());
  }

  @Test
  void aChangedBodyIsFoundAndItsEntryNamed() {
    server
        .on(FIRST, 200, page(entry(zero) + "," + entry(one, bodyOf(7))))
        .on(HEAD, 200, head(2, one.hash()));
    assertBroken("BODY", "The body of entry 1 ");
    assertEquals(1, run("ledger", "--json").json().getInt("brokenAt"));
  }

  @Test
  void anEntryThatFollowsAnotherIsFound() {
    LedgerEntryData forged = next(1, ReportMaker.digest("other"));
    server.on(FIRST, 200, page(entry(zero) + "," + entry(forged)));
    assertBroken("PREVIOUS", "Entry 1 follows");
  }

  @Test
  void aMissingEntryIsFound() {
    server.on(FIRST, 200, page(entry(one)));
    assertBroken("INDEX", "Entry 1 stands where 0 should");
  }

  @Test
  void anEndThatIsNotTheHeadIsFound() {
    server
        .on(FIRST, 200, page(entry(zero)))
        .on(SECOND, 200, page(""))
        .on(
            HEAD,
            200,
            head(2, one.hash()), // one is cut off: asked for again
            head(2, one.hash()), // and still not there
            head(1, one.hash()), // the last is another
            head(0, LedgerEntryData.GENESIS)); // the head was put back
    assertBroken("HEAD", "counts 2 entries, but there are 1");
    assertBroken("HEAD", "but the last of 1 entries is");
    assertBroken("HEAD", "counts 0 entries, but there are 1");
  }

  @Test
  void entriesThatComeMeanwhileAreReadToo() {
    server
        .on(FIRST, 200, page(entry(zero)))
        .on(SECOND, 200, page(entry(one)))
        .on(HEAD, 200, head(2, one.hash()));
    CommandRun run = run("ledger", "--json");
    assertEquals(0, run.exitCode(), run.toString());
    assertEquals(2, run.json().getInt("size"));
  }

  @Test
  @Timeout(60)
  void aServerThatPromisesMoreAndGivesNothingIsLeft() {
    server.on(FIRST, 200, pageBefore(entry(zero), 0)).on(SECOND, 200, pageBefore("", 0));
    CommandRun run = run("ledger");
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("promises more entries, but has none"), run.err());
  }

  @Test
  void anEntryWithoutItsBodyIsNotBelieved() {
    server.on(FIRST, 200, page(entry(zero).replace("\"body\"", "\"bodily\"")));
    CommandRun run = run("ledger");
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("lacks \"body\""), run.err());
  }
}
