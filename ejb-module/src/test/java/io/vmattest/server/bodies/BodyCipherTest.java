// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.bodies;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import java.util.Arrays;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class BodyCipherTest {
  private static final SecretKey KEY = new SecretKeySpec(new byte[32], "AES");
  private static final byte[] BODY = "a report".getBytes(UTF_8);
  private static final byte[] AAD = BodyPlace.ofEntry(7).aad();

  @Test
  void whatWasEncryptedIsReadAgain() throws Exception {
    for (byte[] body : List.of(BODY, new byte[0], new byte[1 << 20])) {
      byte[] stored = BodyCipher.encrypt(KEY, body, AAD);
      assertEquals(body.length + BodyCipher.OVERHEAD, stored.length);
      assertArrayEquals(body, BodyCipher.decrypt(KEY, stored, AAD));
    }
  }

  @Test
  void theSameBodyIsNeverStoredAsTheSameBytes() {
    byte[] first = BodyCipher.encrypt(KEY, BODY, AAD);
    byte[] second = BodyCipher.encrypt(KEY, BODY, AAD);
    assertFalse(Arrays.equals(Arrays.copyOf(first, 12), Arrays.copyOf(second, 12)));
    assertFalse(Arrays.equals(first, second));
  }

  @Test
  void everyChangedByteAndEveryCutIsNoticed() {
    byte[] stored = BodyCipher.encrypt(KEY, BODY, AAD);
    for (int i = 0; i < stored.length; i++) {
      byte[] changed = stored.clone();
      changed[i] ^= 1;
      assertUnreadable(changed, AAD);
      assertUnreadable(Arrays.copyOf(stored, i), AAD);
    }
  }

  @Test
  void aBodyIsReadAtItsPlaceAlone() {
    byte[] stored = BodyCipher.encrypt(KEY, BODY, AAD);
    assertUnreadable(stored, BodyPlace.ofEntry(8).aad());
    assertUnreadable(stored, BodyPlace.ofGuest(Digest.sha256(BODY)).aad());
  }

  private static void assertUnreadable(byte[] stored, byte[] aad) {
    assertThrows(UnreadableBodyException.class, () -> BodyCipher.decrypt(KEY, stored, aad));
  }
}
