// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.server.hsm.Hsm;
import io.vmattest.server.hsm.SoftToken;
import io.vmattest.server.hsm.WrappedKey;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Data keys that a real token wraps. */
@Timeout(120)
class HsmKeyWrappingTest {
  private static final byte[] BODY = {1, 2, 3};
  private static final BodyPlace PLACE = BodyPlace.ofEntry(7);

  @TempDir Path folder;
  private final TestDatabase database = new TestDatabase();
  private SoftToken token;
  private Hsm hsm;

  @BeforeEach
  void makeToken() throws Exception {
    token = SoftToken.make(folder.resolve("hsm"));
    hsm = token.hsm();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void bodiesAreReadAfterRestartAndRotation() throws Exception {
    BodyKeys keys = BodyParts.keys(database, wrapping(hsm));
    BodyKey first = keys.forNew(1);
    StoredBody stored = first.seal(BODY, PLACE);
    hsm.rotate();
    assertNotEquals(first.id(), keys.forNew(1).id());
    token.insert();
    BodyKeys restarted = BodyParts.keys(database, wrapping(token.hsm()));
    assertArrayEquals(BODY, restarted.open(stored, PLACE));
  }

  @Test
  void aKeyOfAnotherGenerationOrRowIsUnreadableAndTheTokenStaysInUse() throws Exception {
    HsmKeyWrapping wrapping = wrapping(hsm);
    byte[] aad = {9};
    WrappedKey wrapped = wrapping.wrap(new byte[32], aad);
    assertThrows(UnreadableBodyException.class, () -> wrapping.unwrap(wrapped, new byte[] {8}));
    WrappedKey unknown = new WrappedKey("vmattest-data-9", wrapped.bytes());
    assertThrows(UnreadableBodyException.class, () -> wrapping.unwrap(unknown, aad));
    assertArrayEquals(new byte[32], wrapping.unwrap(wrapped, aad));
  }

  @Test
  void aTokenThatIsAwayIsUnavailableAndKnownKeysStillRead() throws Exception {
    BodyKeys keys = BodyParts.keys(database, wrapping(hsm));
    StoredBody stored = keys.forNew(1).seal(BODY, PLACE);
    token.takeAway();
    token.insert();
    BodyKeys restarted = BodyParts.keys(database, wrapping(token.hsm()));
    assertEquals(
        Problem.HSM_UNAVAILABLE,
        assertThrows(ServiceException.class, () -> restarted.open(stored, PLACE)).problem());
    assertArrayEquals(BODY, keys.open(stored, PLACE));
  }

  private static HsmKeyWrapping wrapping(Hsm hsm) {
    HsmKeyWrapping wrapping = new HsmKeyWrapping();
    wrapping.hsm = hsm;
    return wrapping;
  }
}
