// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.StandInKeyWrapping;
import io.vmattest.server.testing.TestDatabase;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

@Timeout(60)
class BodyKeysTest {
  private static final byte[] BODY = "a report".getBytes(UTF_8);
  private static final BodyPlace PLACE = BodyPlace.ofEntry(7);

  private final TestDatabase database = new TestDatabase();
  private final StandInKeyWrapping wrapping = new StandInKeyWrapping();
  private final BodyKeys keys = BodyParts.keys(database, wrapping);

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void theHsmIsCalledOnceForAnyNumberOfBodies() throws Exception {
    for (int i = 0; i < 1000; i++) {
      assertArrayEquals(BODY, keys.open(keys.forNew(1).seal(BODY, PLACE), PLACE));
    }
    assertEquals(1, wrapping.calls());
    assertEquals(1, rows());
  }

  @Test
  void anotherServerUnwrapsAKeyOnceAndReadsAllThatItEncrypted() throws Exception {
    StoredBody stored = keys.forNew(1).seal(BODY, PLACE);
    BodyKeys other = BodyParts.keys(database, wrapping);
    for (int i = 0; i < 10; i++) {
      assertArrayEquals(BODY, other.open(stored, PLACE));
    }
    assertEquals(2, wrapping.calls());
  }

  @Test
  void serversNeverEncryptByTheSameKey() {
    assertNotEquals(keys.forNew(1).id(), BodyParts.keys(database, wrapping).forNew(1).id());
  }

  @Test
  void threadsThatWantTheFirstKeyAtOnceGetTheSame() {
    assertEquals(
        1, IntStream.range(0, 64).parallel().mapToObj(i -> keys.forNew(1).id()).distinct().count());
    assertEquals(1, rows());
  }

  @Test
  void theNextBodyAfterARotationHasANewKeyAndTheOldOnesAreStillRead() throws Exception {
    BodyKey first = keys.forNew(1);
    StoredBody stored = first.seal(BODY, PLACE);
    wrapping.rotate();
    BodyKey second = keys.forNew(1);
    assertNotEquals(first.id(), second.id());
    assertEquals(second.id(), keys.forNew(1).id());
    BodyKeys other = BodyParts.keys(database, wrapping);
    assertArrayEquals(BODY, other.open(stored, PLACE));
    assertArrayEquals(BODY, other.open(second.seal(BODY, PLACE), PLACE));
  }

  @Test
  void aKeyEncryptsNoMoreBodiesThanItMay() {
    BodyKeys few = BodyParts.keys(database, wrapping, 10);
    String first = few.forNew(6).id();
    assertEquals(first, few.forNew(4).id());
    assertNotEquals(first, few.forNew(1).id());
    String third = few.forNew(10).id();
    assertNotEquals(third, few.forNew(1).id());
  }

  @Test
  void whatIsPlainIsReadWithoutAKey() throws Exception {
    assertArrayEquals(BODY, keys.open(StoredBody.plain(BODY), PLACE));
    assertEquals(0, wrapping.calls());
  }

  @Test
  void aKeyWhoseRowIsGoneOrChangedOrWhoseWrappingKeyIsGoneMakesABodyUnreadable() {
    StoredBody stored = keys.forNew(1).seal(BODY, PLACE);
    StoredBody otherKey = new StoredBody(stored.bytes(), Optional.of("no such key"));
    assertUnreadable(otherKey);
    keys.forNew(1);
    wrapping.rotate();
    String second = keys.forNew(1).id();
    database.tamper(
        "UPDATE body_key SET wrapped = (SELECT wrapped FROM body_key WHERE id = '%s')"
            .formatted(second));
    assertUnreadable(stored);
    database.tamper("UPDATE body_key SET wrapped = X'00'");
    assertUnreadable(stored);
    wrapping.forgetAll();
    assertUnreadable(stored);
  }

  private void assertUnreadable(StoredBody stored) {
    BodyKeys fresh = BodyParts.keys(database, wrapping);
    assertThrows(UnreadableBodyException.class, () -> fresh.open(stored, PLACE));
  }

  @Test
  void withoutTheHsmThereIsNoNewKeyAndNoReadingThatForgetsWhatIsKnown() throws Exception {
    StoredBody stored = keys.forNew(1).seal(BODY, PLACE);
    wrapping.takeAway();
    assertUnavailable(() -> keys.forNew(1));
    assertUnavailable(() -> BodyParts.keys(database, wrapping).open(stored, PLACE));
    assertArrayEquals(BODY, keys.open(stored, PLACE));
  }

  private static void assertUnavailable(Executable call) {
    assertEquals(Problem.HSM_UNAVAILABLE, assertThrows(ServiceException.class, call).problem());
  }

  private long rows() {
    return database.transaction(
        em -> em.createQuery("SELECT COUNT(k) FROM BodyKeyRow k", Long.class).getSingleResult());
  }
}
