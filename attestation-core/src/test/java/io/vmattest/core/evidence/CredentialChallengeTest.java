// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.testing.StandInTpm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;

class CredentialChallengeTest {
  private final StandInTpm tpm = new StandInTpm();

  /** TPM2_ActivateCredential as the specification has it (part 3, 12.5; part 1, 24.4 and 24.5). */
  private byte[] activate(CredentialChallenge challenge, byte[] name) throws Exception {
    Cipher rsa = Cipher.getInstance("RSA/NONE/OAEPPadding", new BouncyCastleProvider());
    rsa.init(
        Cipher.DECRYPT_MODE,
        tpm.endorsementKey.getPrivate(),
        new OAEPParameterSpec(
            "SHA-256",
            "MGF1",
            MGF1ParameterSpec.SHA256,
            new PSource.PSpecified("IDENTITY\0".getBytes(StandardCharsets.US_ASCII))));
    byte[] seed = rsa.doFinal(content(ByteBuffer.wrap(challenge.encryptedSecret())));

    ByteBuffer blob = ByteBuffer.wrap(content(ByteBuffer.wrap(challenge.credential())));
    byte[] integrity = content(blob);
    byte[] identity = new byte[blob.remaining()];
    blob.get(identity);
    Mac mac = hmac(kdfa(seed, "INTEGRITY", new byte[0], 256));
    mac.update(identity);
    mac.update(name);
    if (!MessageDigest.isEqual(integrity, mac.doFinal())) {
      throw new IllegalArgumentException("TPM_RC_INTEGRITY");
    }
    Cipher aes = Cipher.getInstance("AES/CFB/NoPadding");
    aes.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(kdfa(seed, "STORAGE", name, 128), "AES"),
        new IvParameterSpec(new byte[16]));
    return content(ByteBuffer.wrap(aes.doFinal(identity)));
  }

  private static byte[] content(ByteBuffer sized) {
    byte[] content = new byte[Short.toUnsignedInt(sized.getShort())];
    sized.get(content);
    return content;
  }

  private static byte[] kdfa(byte[] key, String label, byte[] context, int bits) throws Exception {
    Mac mac = hmac(key);
    mac.update(new byte[] {0, 0, 0, 1});
    mac.update(label.getBytes(StandardCharsets.US_ASCII));
    mac.update((byte) 0);
    mac.update(context);
    mac.update(new byte[] {0, 0, (byte) (bits >> 8), (byte) bits});
    return Arrays.copyOf(mac.doFinal(), bits / 8);
  }

  private static Mac hmac(byte[] key) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac;
  }

  @Test
  void theHolderOfBothKeysReadsTheSecret() throws Exception {
    CredentialChallenge challenge =
        CredentialChallenge.make(tpm.endorsementPublic(), tpm.attestationKeyName());
    byte[] answer = activate(challenge, tpm.attestationKeyName());
    assertArrayEquals(challenge.secret(), answer);
    assertTrue(challenge.isAnsweredBy(answer));
    answer[0] ^= 1;
    assertFalse(challenge.isAnsweredBy(answer));
    assertFalse(challenge.isAnsweredBy(new byte[0]));
  }

  @Test
  void anotherAttestationKeyDoesNot() throws Exception {
    CredentialChallenge challenge =
        CredentialChallenge.make(tpm.endorsementPublic(), tpm.attestationKeyName());
    byte[] other = new StandInTpm().attestationKeyName();
    assertThrows(IllegalArgumentException.class, () -> activate(challenge, other));
  }

  @Test
  void aKeyThatCannotStoreIsRefused() {
    byte[] key = tpm.evidence().signingKey();
    var e =
        assertThrows(
            KeyEvidenceException.class,
            () -> CredentialChallenge.make(key, tpm.attestationKeyName()));
    assertEquals(Reason.MALFORMED, e.reason());
  }
}
