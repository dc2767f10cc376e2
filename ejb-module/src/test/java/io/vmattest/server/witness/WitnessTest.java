// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.witness;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteSignature;
import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.PlacedTile;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.TileTree;
import io.vmattest.core.tlog.TileUnavailableException;
import io.vmattest.core.tlog.TlogException;
import io.vmattest.core.tlog.TreeEdge;
import io.vmattest.server.witness.WitnessException.Reason;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a witness that implements the protocol, over HTTP. */
@Timeout(60)
class WitnessTest {
  private static final String ORIGIN = "log.example";
  private static final Duration TIMEOUT = Duration.ofMillis(1500);

  private final KeyPair key = TestCertificates.p256();
  private final NoteKey logKey = NoteKey.ecdsa(ORIGIN, key.getPublic());
  private final LittleWitness other = new LittleWitness("w.example", 1);
  private String fork = "";

  WitnessTest() throws Exception {}

  @BeforeEach
  void trust() {
    other.trust(ORIGIN, NoteVerifiers.of(logKey));
  }

  @AfterEach
  void stop() {
    other.close();
  }

  private Witness witness(long seen) {
    return new Witness(other.settings(), new WitnessHttp(TIMEOUT), seen);
  }

  private TreeEdge.Appended tree(long size) {
    return TreeEdge.empty()
        .append(
            IntStream.range(0, (int) size)
                .mapToObj(i -> MerkleTree.leafHash((fork + i).getBytes(UTF_8)))
                .toList());
  }

  private SignedCheckpoint checkpoint(long size) throws Exception {
    return SignedCheckpoint.sign(
        new Checkpoint(ORIGIN, size, tree(size).edge().root()),
        List.of(NoteSigner.ecdsa(ORIGIN, key.getPrivate(), key.getPublic())));
  }

  private List<Digest> consistency(long first, long second) {
    TreeEdge.Appended tree = tree(second);
    List<PlacedTile> tiles = new ArrayList<>(tree.completed());
    tiles.addAll(tree.edge().partialTiles());
    try {
      return new TileTree(
              path ->
                  tiles.stream()
                      .filter(tile -> tile.path().equals(path))
                      .findFirst()
                      .orElseThrow(() -> new TileUnavailableException(path, "none"))
                      .tile()
                      .bytes(),
              second)
          .consistencyProof(first, second)
          .path();
    } catch (TlogException e) {
      throw new AssertionError(e);
    }
  }

  private List<NoteSignature> cosign(Witness witness, long size) throws Exception {
    return witness.cosign(checkpoint(size), this::consistency);
  }

  private void assertRefused(Reason reason, Witness witness, long size) {
    WitnessException refused = assertThrows(WitnessException.class, () -> cosign(witness, size));
    assertEquals(reason, refused.reason(), refused.getMessage());
  }

  @Test
  void aGrowingLogIsCosignedAtEachCheckpoint() throws Exception {
    Witness witness = witness(0);
    for (long size : new long[] {1, 2, 256, 300, 300, 1000}) {
      List<NoteSignature> lines = cosign(witness, size);
      SignedCheckpoint cosigned = checkpoint(size).with(lines);
      assertEquals(
          Instant.ofEpochSecond(LittleWitness.TIME),
          cosigned
              .cosignatures(NoteVerifiers.of(other.settings().key()))
              .get(0)
              .time()
              .orElseThrow());
      // The log's own signature still opens it.
      SignedCheckpoint.open(cosigned.encoded(), ORIGIN, NoteVerifiers.of(logKey));
    }
    assertEquals(List.of(200, 200, 200, 200, 200, 200), other.answered);
  }

  @Test
  void theSizeThatTheWitnessHasIsTakenFromItsConflict() throws Exception {
    cosign(witness(0), 300);
    cosign(witness(0), 700);
    cosign(witness(500), 900);
    assertEquals(List.of(200, 409, 200, 409, 200), other.answered);
  }

  @Test
  void aForkIsRefused() throws Exception {
    Witness witness = witness(0);
    cosign(witness, 300);
    fork = "fork";
    assertRefused(Reason.INCONSISTENT, witness, 400);
    assertRefused(Reason.AHEAD, witness, 300);
    assertEquals(300, other.cosigned(ORIGIN).orElseThrow().size());
  }

  @Test
  void aLogThatWasPutBackIsTold() throws Exception {
    cosign(witness(0), 300);
    assertRefused(Reason.AHEAD, witness(0), 200);
    assertRefused(Reason.AHEAD, witness(300), 200);
  }

  @Test
  void aLogOrAKeyThatItDoesNotKnowIsTold() throws Exception {
    other.trust(
        ORIGIN, NoteVerifiers.of(NoteKey.ecdsa(ORIGIN, TestCertificates.p256().getPublic())));
    assertRefused(Reason.UNTRUSTED_KEY, witness(0), 1);
    try (LittleWitness stranger = new LittleWitness("stranger", 2)) {
      Witness witness = new Witness(stranger.settings(), new WitnessHttp(TIMEOUT), 0);
      assertRefused(Reason.UNKNOWN_LOG, witness, 1);
    }
  }

  @Test
  void aCosignatureThatDoesNotVerifyIsNotKept() throws Exception {
    // The first character of the signature is behind the key's ID and the time.
    other.spoiled =
        body -> {
          String line = new String(body, UTF_8);
          int at = line.length() - 20;
          char flipped = line.charAt(at) == 'A' ? 'B' : 'A';
          return (line.substring(0, at) + flipped + line.substring(at + 1)).getBytes(UTF_8);
        };
    assertRefused(Reason.BAD_COSIGNATURE, witness(0), 5);
  }

  @Test
  void aCosignatureOfAnotherCheckpointOrKeyIsNotKept() throws Exception {
    List<byte[]> first = new ArrayList<>();
    other.spoiled =
        body -> {
          first.add(body);
          return body;
        };
    Witness witness = witness(0);
    cosign(witness, 5);
    other.spoiled = body -> first.get(0);
    assertRefused(Reason.BAD_COSIGNATURE, witness, 6);
    try (LittleWitness stranger = new LittleWitness("stranger", 2)) {
      stranger.trust(ORIGIN, NoteVerifiers.of(logKey));
      WitnessSettings confused =
          new WitnessSettings(stranger.settings().prefix(), other.settings().key());
      assertRefused(Reason.BAD_COSIGNATURE, new Witness(confused, new WitnessHttp(TIMEOUT), 0), 7);
    }
  }

  @Test
  void signaturesOfOtherKeysBesideItsOwnAreIgnored() throws Exception {
    other.spoiled =
        body -> ("\u2014 someone AAAAAAAAAA==\n" + new String(body, UTF_8)).getBytes(UTF_8);
    assertEquals(1, cosign(witness(0), 5).size());
  }

  @Test
  void anAnswerThatNeverEndsOrIsTooLongIsGivenUp() {
    other.isStalling = true;
    assertRefused(Reason.UNAVAILABLE, witness(0), 5);
    other.isStalling = false;
    other.spoiled = body -> new byte[1 << 20];
    assertRefused(Reason.UNAVAILABLE, witness(0), 6);
  }

  @Test
  void whatIsNoAnswerOfAWitnessIsRefused() {
    other.spoiled = body -> "<html>".getBytes(UTF_8);
    assertRefused(Reason.BAD_COSIGNATURE, witness(0), 5);
    assertRefused(Reason.REFUSED, witness(3), 5);
    fork = "fork";
    assertRefused(Reason.AHEAD, witness(5), 5);
    other.close();
    assertRefused(Reason.UNAVAILABLE, witness(0), 5);
  }

  @Test
  void aWitnessThatIsAwayIsAskedLessAndLessOften() throws Exception {
    Moving clock = new Moving();
    WitnessTurn turn = new WitnessTurn(other.settings(), new WitnessHttp(TIMEOUT), clock, 0);
    List<Long> kept = new ArrayList<>();
    other.spoiled = body -> "?".getBytes(UTF_8);
    for (int pause : new int[] {1, 2, 4}) {
      assertTrue(turn.isDue(5));
      turn.take(checkpoint(5), this::consistency, (size, lines) -> kept.add(size));
      clock.now = clock.now.plusSeconds(pause).minusMillis(1);
      assertTrue(!turn.isDue(5));
      clock.now = clock.now.plusMillis(1);
    }
    other.spoiled = body -> body;
    turn.take(checkpoint(5), this::consistency, (size, lines) -> kept.add(size));
    assertEquals(List.of(5L), kept);
    assertTrue(!turn.isDue(5));
    assertTrue(turn.isDue(6));
  }

  private static final class Moving extends Clock {
    private Instant now = Instant.EPOCH;

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}
