// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.server.problem.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenOutageTest {
  private static final byte[] DATA = {5};

  @TempDir Path folder;
  private SoftToken token;

  @BeforeEach
  void makeToken() throws Exception {
    token = SoftToken.make(folder.resolve("hsm"));
  }

  @Test
  void aTokenThatComesBackIsUsedAgain() throws Exception {
    Hsm hsm = token.hsm();
    byte[] seal = hsm.seal("vmattest-seal-1", DATA);
    token.takeAway();
    assertTrue(reason(hsm).contains("CKR_"), reason(hsm));
    HsmUnavailableException refused =
        assertThrows(HsmUnavailableException.class, () -> hsm.seal("vmattest-seal-1", DATA));
    assertEquals(Problem.HSM_UNAVAILABLE, refused.problem());
    assertThrows(HsmUnavailableException.class, hsm::sealKey);
    token.bringBack();
    assertArrayEquals(seal, hsm.seal("vmattest-seal-1", DATA));
    assertEquals(new HsmState.Ready(1, "vmattest", SoftToken.LIBRARY), hsm.state());
  }

  @Test
  void aServerThatStartsWithoutTokenFindsItLater() throws Exception {
    Hsm hsm = token.hsm();
    token.takeAway();
    Files.createDirectory(folder.resolve("hsm/tokens"));
    assertThrows(HsmUnavailableException.class, hsm::sealKey);
    Files.delete(folder.resolve("hsm/tokens"));
    token.bringBack();
    assertEquals("vmattest-seal-1", hsm.sealKey());
  }

  @Test
  void aTokenThatIsAwayIsNotLookedForAllTheTime() throws Exception {
    Hsm hsm = token.hsm(Duration.ofHours(1));
    assertEquals("vmattest-seal-1", hsm.sealKey());
    token.takeAway();
    String away = reason(hsm);
    token.bringBack();
    assertEquals(away, reason(hsm));
  }

  @Test
  void aWrongPinIsOfferedOnceAndTheRightOneIsTaken() throws Exception {
    String right = Files.readString(token.pinFile());
    Files.writeString(token.pinFile(), "wrong-pin");
    Hsm hsm = token.hsm();
    assertEquals("the token refuses the PIN: CKR_PIN_INCORRECT", reason(hsm));
    for (int i = 0; i < 20; i++) {
      // Said before the token is asked.
      assertTrue(reason(hsm).contains("is not tried again until"), reason(hsm));
    }
    Files.writeString(token.pinFile(), right);
    assertTrue(hsm.state() instanceof HsmState.Ready, hsm.state().toString());
  }

  @Test
  void aServerThatIsLoggedInGoesOnWithoutItsPinFile() throws Exception {
    OpenToken open = token.opener().open();
    Files.delete(token.pinFile());
    assertThrows(HsmUnavailableException.class, open::reread);
    assertEquals(1, open.ring(Duration.ZERO).generation());
  }

  @Test
  void anotherTokenInTheSlotIsNotTakenForTheOneBefore() throws Exception {
    SoftToken other = SoftToken.make(folder.resolve("other"));
    assertEquals("vmattest-seal-1", other.hsm().sealKey());
    token.insert();
    Hsm hsm = new Hsm(token.opener(), Duration.ZERO);
    byte[] seal = hsm.seal("vmattest-seal-1", DATA);
    token.takeAway();
    Files.move(folder.resolve("other/tokens"), folder.resolve("hsm/tokens"));
    String right = Files.readString(token.pinFile());
    Files.copy(other.pinFile(), token.pinFile(), StandardCopyOption.REPLACE_EXISTING);
    assertThrows(HsmUnavailableException.class, () -> hsm.seal("vmattest-seal-1", DATA));
    assertEquals("the slot holds another token than before", reason(hsm));
    Files.move(folder.resolve("hsm/tokens"), folder.resolve("other/tokens"));
    token.bringBack();
    Files.writeString(token.pinFile(), right);
    assertArrayEquals(seal, hsm.seal("vmattest-seal-1", DATA));
  }

  @Test
  void whatIsMissingIsNamed() {
    Path nowhere = Path.of("/nowhere/pkcs11.so");
    Hsm noLibrary = hsm(new HsmSettings(nowhere, 0, token.pinFile()));
    assertTrue(reason(noLibrary).contains(nowhere.toString()), reason(noLibrary));
    Hsm noPin = hsm(new HsmSettings(SoftToken.LIBRARY, 0, folder.resolve("none")));
    assertTrue(reason(noPin).contains("PIN file"), reason(noPin));
    Hsm noSlot = hsm(new HsmSettings(SoftToken.LIBRARY, 99, token.pinFile()));
    assertTrue(reason(noSlot).contains("slot index 99"), reason(noSlot));
  }

  @Test
  void threadsThatSealWhileTheTokenComesAndGoesGetTheRightSealOrNone() throws Exception {
    Hsm hsm = token.hsm(Duration.ofMillis(50));
    byte[] seal = hsm.seal("vmattest-seal-1", DATA);
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Integer>> sealing = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        sealing.add(threads.submit(() -> sealUntil(over, hsm, seal)));
      }
      for (int i = 0; i < 5; i++) {
        token.takeAway();
        Eventually.gives(() -> hsm.state() instanceof HsmState.Unavailable gone ? gone : null);
        token.bringBack();
        Eventually.gives(() -> hsm.state() instanceof HsmState.Ready back ? back : null);
      }
      over.set(true);
      for (Future<Integer> one : sealing) {
        assertTrue(one.get(30, TimeUnit.SECONDS) > 0);
      }
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
    assertArrayEquals(seal, hsm.seal("vmattest-seal-1", DATA));
  }

  private static int sealUntil(AtomicBoolean over, Hsm hsm, byte[] expected) {
    int sealed = 0;
    while (!over.get()) {
      try {
        assertArrayEquals(expected, hsm.seal("vmattest-seal-1", DATA));
        sealed++;
      } catch (HsmUnavailableException e) {
        Thread.onSpinWait();
      }
    }
    return sealed;
  }

  private static Hsm hsm(HsmSettings settings) {
    return new Hsm(new TokenOpener(() -> settings, Duration.ofMillis(200)), Duration.ZERO);
  }

  private static String reason(Hsm hsm) {
    return hsm.state() instanceof HsmState.Unavailable away ? away.reason() : "it is ready";
  }
}
