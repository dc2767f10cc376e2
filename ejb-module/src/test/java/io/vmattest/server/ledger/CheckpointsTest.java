// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.merkle.MerkleRootBuilder;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.NoteSignature;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TlogException;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.StandInLogKeys;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class CheckpointsTest {
  /** Into the third tile. */
  private static final int MANY = 600;

  private final TestDatabase database = new TestDatabase();
  private final StandInLogKeys keys = new StandInLogKeys();
  private final CollectedEvents events = new CollectedEvents();
  private LedgerTree tree = new LedgerTree();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void signsTheTreeOverAllEntriesAndTellsIt() {
    append(MANY);
    SignedCheckpoint signed = sign().orElseThrow();
    MerkleRootBuilder root = new MerkleRootBuilder();
    entries().forEach(entry -> root.add(entry.encoded()));
    assertEquals(MANY, signed.checkpoint().size());
    assertEquals(root.root(), signed.checkpoint().root());
    assertEquals(List.of(ServerEvent.Type.CHECKPOINT), events.types());
  }

  @Test
  void beforeTheFirstOneTheLogHasNoKeys() {
    append(1);
    assertEquals(List.of(), database.transaction(em -> proofs(em).verifierKeys()));
    sign();
    assertEquals(1, database.transaction(em -> proofs(em).verifierKeys()).size());
  }

  @Test
  void signsNothingThatIsSignedAlready() {
    assertTrue(sign().isEmpty());
    append(1);
    assertTrue(sign().isPresent());
    assertTrue(sign().isEmpty());
  }

  @Test
  void namesTheCounterThatItIsBoundTo() throws TlogException {
    append(1);
    CounterBinding counter = new CounterBinding("tpm", 7);
    SignedCheckpoint signed =
        database.transaction(em -> checkpoints(em).sign(Optional.of(counter))).orElseThrow();
    assertEquals(Optional.of(counter), CounterBinding.of(signed.checkpoint()));
    assertEquals(Optional.of(7L), database.transaction(em -> checkpoints(em).boundTo("tpm")));
    assertEquals(Optional.empty(), database.transaction(em -> checkpoints(em).boundTo("another")));
  }

  @Test
  void everyEntryHasAProofForTheLastCheckpoint() throws TlogException {
    append(300);
    sign();
    append(MANY - 300);
    SignedCheckpoint last = sign().orElseThrow();
    String origin = last.checkpoint().origin();
    List<LedgerEntryData> entries = entries();
    for (int index : new int[] {0, 255, 256, 299, 511, 512, MANY - 1}) {
      SignedCheckpoint shown =
          database
              .transaction(em -> proofs(em).inclusion(index))
              .verify(entries.get(index).encoded(), origin, keys.verifiers(origin));
      assertEquals(last.checkpoint(), shown.checkpoint());
    }
  }

  @Test
  void anEarlierCheckpointIsShownToBeAPartOfALaterOne() {
    append(300);
    Digest first = sign().orElseThrow().checkpoint().root();
    append(300);
    Digest second = sign().orElseThrow().checkpoint().root();
    ConsistencyProof proof = database.transaction(em -> proofs(em).consistency(300, 600));
    assertTrue(proof.verify(first, second));
    assertFalse(proof.verify(second, first));
  }

  @Test
  void cosignaturesAreServedWithTheirCheckpointAndKeptOnce() {
    append(300);
    sign();
    append(300);
    sign();
    NoteSignature cosignature = new NoteSignature("w.example", "AAAAAQIDBAU=");
    for (int twice = 0; twice < 2; twice++) {
      database.run(em -> cosignatures(em).keep(600, List.of(cosignature)));
    }
    assertEquals(600, number("SELECT MAX(tree_size) FROM ledger_cosignature"));
    assertEquals(1, number("SELECT COUNT(*) FROM ledger_cosignature"));
    SignedCheckpoint last = database.transaction(em -> proofs(em).checkpoint());
    assertEquals(2, last.note().signatures().size());
    assertEquals(cosignature, last.note().signatures().get(1));
    List<StoredCheckpoint> all = database.transaction(em -> proofs(em).checkpoints(-1, 100));
    assertEquals(List.of(300L, 600L), all.stream().map(StoredCheckpoint::size).toList());
    assertEquals(new String(last.encoded(), UTF_8), all.get(1).note());
    assertEquals(1, database.transaction(em -> proofs(em).checkpoints(300, 100)).size());
    assertEquals(600, database.transaction(em -> proofs(em).newestSize()).orElseThrow());
    // A cosignature keeps nobody from signing the next one.
    append(1);
    assertTrue(sign().isPresent());
  }

  private static Cosignatures cosignatures(EntityManager em) {
    Cosignatures cosignatures = new Cosignatures();
    cosignatures.em = em;
    cosignatures.clock = Clock.systemUTC();
    return cosignatures;
  }

  @Test
  void whatNoCheckpointCoversIsNotServed() {
    append(10);
    sign();
    append(10);
    assertEquals(10 * 32, database.transaction(em -> tile(em, 0, 0, 10)).length);
    for (TilePath path :
        List.of(new TilePath(0, 0, 11), new TilePath(1, 0, 1), TilePath.entries(0, 256))) {
      assertProblem(Problem.NO_SUCH_ENTRY, () -> database.run(em -> proofs(em).tile(path)));
    }
    assertProblem(Problem.NO_SUCH_ENTRY, () -> database.run(em -> proofs(em).inclusion(10)));
  }

  @Test
  void aTreeThatWasRolledBackGrowsFromWhereItWas() {
    append(3);
    assertThrows(
        IllegalStateException.class,
        () ->
            database.run(
                em -> {
                  append(em, 300);
                  throw new IllegalStateException("undone");
                }));
    append(MANY);
    restart();
    append(1);
    assertEquals(MANY + 4, sign().orElseThrow().checkpoint().size());
    assertEquals(2, number("SELECT COUNT(*) FROM ledger_tile"));
  }

  @Test
  void whatAnotherServerAppendedIsTakenIntoTheTree() {
    append(5);
    LedgerTree ours = tree;
    tree = new LedgerTree();
    append(260);
    tree = ours;
    append(1);
    MerkleRootBuilder root = new MerkleRootBuilder();
    entries().forEach(entry -> root.add(entry.encoded()));
    assertEquals(root.root(), sign().orElseThrow().checkpoint().root());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE ledger_entry SET entry_type = 'NOTHING' WHERE entry_index = 590",
        "UPDATE ledger_entry SET occurred_at = occurred_at + 1 WHERE entry_index = 590",
        "UPDATE ledger_tile SET hashes = (SELECT hashes FROM ledger_tile WHERE tile_index = 1)"
            + " WHERE tile_index = 0",
        "DELETE FROM ledger_tile WHERE tile_index = 0",
        "DELETE FROM ledger_body WHERE entry_index >= 590;"
            + " DELETE FROM ledger_entry WHERE entry_index >= 590;"
            + " UPDATE ledger_head SET next_index = 590, entry_hash ="
            + " (SELECT entry_hash FROM ledger_entry WHERE entry_index = 589)",
        "UPDATE ledger_checkpoint SET note = REPLACE(note, '600', '601')"
      })
  void aTreeThatIsNotTheOneThatWasSignedGetsNoCheckpoint(String sql) {
    append(MANY);
    sign();
    for (String statement : sql.split(";")) {
      database.tamper(statement);
    }
    restart();
    assertProblem(
        Problem.LEDGER_DAMAGED,
        () -> {
          append(1);
          sign();
        });
  }

  private static void assertProblem(Problem problem, Executable work) {
    assertEquals(problem, assertThrows(ServiceException.class, work).problem());
  }

  private void restart() {
    database.reopen();
    tree = new LedgerTree();
  }

  private void append(int count) {
    database.run(em -> append(em, count));
  }

  private void append(EntityManager em, int count) {
    ledger(em)
        .appendAll(
            IntStream.range(0, count)
                .mapToObj(
                    i ->
                        new LedgerAddition(
                            LedgerEntryData.Type.VERDICT, Optional.empty(), new byte[] {1}, "x"))
                .toList());
  }

  private Optional<SignedCheckpoint> sign() {
    return database.transaction(em -> checkpoints(em).sign(Optional.empty()));
  }

  private List<LedgerEntryData> entries() {
    return database.transaction(em -> LedgerRows.page(em, -1, 10_000));
  }

  private byte[] tile(EntityManager em, int level, long index, int width) {
    return proofs(em).tile(new TilePath(level, index, width));
  }

  private long number(String sql) {
    return database.transaction(
        em -> ((Number) em.createNativeQuery(sql).getSingleResult()).longValue());
  }

  private Ledger ledger(EntityManager em) {
    Ledger ledger = LedgerParts.ledger(em, Clock.systemUTC());
    ledger.tree = tree;
    return ledger;
  }

  private Checkpoints checkpoints(EntityManager em) {
    return LedgerParts.checkpoints(ledger(em), keys, events);
  }

  private LedgerProofs proofs(EntityManager em) {
    LedgerProofs proofs = new LedgerProofs();
    proofs.tree = tree;
    proofs.em = em;
    proofs.ledger = ledger(em);
    proofs.checkpoints = checkpoints(em);
    proofs.keys = keys;
    return proofs;
  }
}
