// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerBrokenException;
import io.vmattest.core.ledger.LedgerChain;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LedgerTest {
  private final TestDatabase database = new TestDatabase();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void entriesFollowOneAnotherFromTheGenesisOn() throws LedgerBrokenException {
    append(5);
    assertEquals(5, verified());
    Ledger.Head head = database.transaction(em -> ledger(em).head());
    assertEquals(5, head.nextIndex());
    assertEquals(entries().get(4).hash(), head.hash());
  }

  @Test
  void anAppendThatIsRolledBackLeavesNeitherEntryNorGap() throws LedgerBrokenException {
    append(1);
    assertThrows(
        IllegalStateException.class,
        () ->
            database.run(
                em -> {
                  append(ledger(em), "lost");
                  throw new IllegalStateException("after the append");
                }));
    append(1);
    assertEquals(2, verified());
  }

  @Test
  void writersAtTheSameTimeGetTheirTurns() throws LedgerBrokenException {
    CompletableFuture<?>[] writers =
        IntStream.range(0, 4)
            .mapToObj(i -> CompletableFuture.runAsync(() -> append(25)))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(writers).join();
    assertEquals(100, verified());
  }

  @Test
  void outlivesARestart() throws LedgerBrokenException {
    append(3);
    database.reopen();
    append(1);
    assertEquals(4, verified());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE ledger_entry SET vm_id = NULL WHERE entry_index = 2",
        "UPDATE ledger_entry SET entry_type = 'POLICY' WHERE entry_index = 2",
        "UPDATE ledger_entry SET occurred_at = occurred_at + 1 WHERE entry_index = 2",
        "UPDATE ledger_entry SET body_digest = previous_hash WHERE entry_index = 2",
        "DELETE FROM ledger_body WHERE entry_index = 2; DELETE FROM ledger_entry WHERE entry_index = 2",
        "ALTER TABLE ledger_body DROP CONSTRAINT ledger_body_of_entry; UPDATE ledger_entry SET entry_index = 9 WHERE entry_index = 2"
      })
  void aRowThatWasChangedBehindItsBackIsFound(String sql) {
    append(5);
    database.tamper(sql);
    assertThrows(LedgerBrokenException.class, this::verified);
  }

  @Test
  void aBodyThatWasChangedIsNotTheOneThatTheEntryNames() {
    append(1);
    database.tamper("UPDATE ledger_body SET body = X'00' WHERE entry_index = 0");
    assertFalse(database.transaction(em -> ledger(em).entry(0)).isIntact());
  }

  @Test
  void pagesByIndex() {
    append(5);
    List<LedgerSummary> page = database.transaction(em -> ledger(em).entries(1, 2));
    assertEquals(List.of(2L, 3L), page.stream().map(e -> e.data().index()).toList());
  }

  @Test
  void aVmsLastEntriesOfATypeComeTheLastOneFirst() {
    UUID vm = UUID.randomUUID();
    append(1);
    for (String text : List.of("first", "second", "third")) {
      database.run(
          em ->
              ledger(em)
                  .append(
                      LedgerEntryData.Type.ROLLBACK,
                      Optional.of(vm),
                      text.getBytes(StandardCharsets.UTF_8),
                      text));
    }
    assertEquals(
        List.of("third", "second"),
        database.transaction(em -> ledger(em).latest(LedgerEntryData.Type.ROLLBACK, vm, 2)).stream()
            .map(LedgerRecord::summary)
            .toList());
  }

  @Test
  void aPageSaysOfAnEntryWhatTheEntryItselfSays() {
    append(1);
    LedgerRecord whole = database.transaction(em -> ledger(em).entry(0));
    assertTrue(whole.isIntact());
    assertEquals(List.of(whole.withoutBody()), entries());
  }

  @Test
  void anEntryThatIsNotThereIsNamedAsSuch() {
    ServiceException e =
        assertThrows(ServiceException.class, () -> database.transaction(em -> ledger(em).entry(7)));
    assertEquals(Problem.NO_SUCH_ENTRY, e.problem());
  }

  private void append(int times) {
    for (int i = 0; i < times; i++) {
      database.run(em -> append(ledger(em), "an entry"));
    }
  }

  private static void append(Ledger ledger, String text) {
    ledger.append(
        LedgerEntryData.Type.VERDICT,
        Optional.of(UUID.randomUUID()),
        text.getBytes(StandardCharsets.UTF_8),
        text);
  }

  /** How many entries there are; throws if they do not follow one another. */
  private long verified() throws LedgerBrokenException {
    LedgerChain chain = new LedgerChain();
    for (LedgerSummary entry : entries()) {
      chain.verify(entry.data(), entry.hash());
    }
    return chain.next();
  }

  private List<LedgerSummary> entries() {
    return database.transaction(em -> ledger(em).entries(-1, Ledger.LARGEST_PAGE));
  }

  private static Ledger ledger(EntityManager em) {
    return LedgerParts.ledger(em, Clock.systemUTC());
  }
}
