// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.ReportChains.Link;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReportChainsTest {
  private static final Digest FIRST = Digest.sha256(new byte[] {1});
  private static final Digest SECOND = Digest.sha256(new byte[] {2});

  private final TestDatabase database = new TestDatabase();
  private final UUID vm = UUID.randomUUID();

  @BeforeEach
  void open() {
    database.run(em -> chains(em).open(vm));
    database.run(em -> chains(em).open(vm));
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void theFirstReportHasNumberOneAndNoPrevious() {
    Link link = take();
    assertEquals(1, link.sequence());
    assertEquals(Optional.empty(), link.previous());
    assertTrue(link.appended());
  }

  @Test
  void theNextNamesTheOneThatWasMadeThoughItIsNotAppendedYet() {
    made(1, FIRST);
    Link link = take();
    assertEquals(2, link.sequence());
    assertEquals(Optional.of(FIRST), link.previous());
    assertFalse(link.appended());
  }

  @Test
  void theNumberOfARejectedReportIsGivenAgain() {
    made(1, FIRST);
    database.run(em -> em.persist(new RejectedRow(FIRST, Instant.EPOCH, "why", new byte[0])));
    Link link = take();
    assertEquals(1, link.sequence());
    assertEquals(Optional.empty(), link.previous());
  }

  @Test
  void aReportIsSettledOnceItIsAppendedOrRejected() {
    assertTrue(settled());
    made(1, FIRST);
    assertFalse(settled());
    appended(1, FIRST);
    assertTrue(settled());
    made(2, SECOND);
    assertFalse(settled());
    database.run(em -> em.persist(new RejectedRow(SECOND, Instant.EPOCH, "why", new byte[0])));
    assertTrue(settled());
  }

  private boolean settled() {
    return database.transaction(em -> chains(em).isSettled(vm));
  }

  private void appended(long sequence, Digest digest) {
    database.tamper(
        "INSERT INTO vm_state (vm_id, vm_name, last_sequence, last_digest, last_issued_at)"
            + " VALUES ('%s', 'vm', %d, '%s', 0)".formatted(vm, sequence, digest.hex()));
  }

  @Test
  void reportsThatWereAppendedWithoutItAreCounted() {
    made(1, FIRST);
    appended(4, SECOND);
    Link link = take();
    assertEquals(5, link.sequence());
    assertEquals(Optional.of(SECOND), link.previous());
    assertTrue(link.appended());
  }

  @Test
  void twoAtTheSameTimeNeverGetTheSameNumber() {
    CompletableFuture<?>[] takers =
        IntStream.range(0, 4)
            .mapToObj(i -> CompletableFuture.runAsync(this::takeAndAdvance))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(takers).join();
    assertEquals(101, take().sequence());
  }

  private void takeAndAdvance() {
    for (int i = 0; i < 25; i++) {
      database.run(
          em -> {
            Link link = chains(em).take(vm);
            chains(em)
                .advance(vm, link.sequence(), Digest.sha256(link.previous().orElse(FIRST).bytes()));
          });
    }
  }

  private void made(long sequence, Digest digest) {
    database.run(em -> chains(em).advance(vm, sequence, digest));
  }

  private Link take() {
    return database.transaction(em -> chains(em).take(vm));
  }

  private static ReportChains chains(EntityManager em) {
    return LedgerParts.chains(em);
  }
}
