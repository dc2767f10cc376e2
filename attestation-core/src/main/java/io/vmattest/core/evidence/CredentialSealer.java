// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import io.vmattest.core.evidence.tpm.MalformedTpmStructureException;
import io.vmattest.core.evidence.tpm.RsaPublic;
import io.vmattest.core.evidence.tpm.TpmAlgId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Credential protection (TPM 2.0 part 1, 24) with a fresh seed for one RSA endorsement key. */
final class CredentialSealer {
  private static final Provider PROVIDER = new BouncyCastleProvider();
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Labels end with a zero byte (part 1, 11.4.10.2; annex B.4). */
  private static final byte[] IDENTITY = "IDENTITY\0".getBytes(StandardCharsets.US_ASCII);

  private static final String STORAGE = "STORAGE";
  private static final String INTEGRITY = "INTEGRITY";
  private static final int AES_BLOCK = 16;

  private final RsaPublic key;
  private final String digest;
  private final byte[] seed;

  CredentialSealer(int nameAlg, RsaPublic key) throws MalformedTpmStructureException {
    this.key = key;
    this.digest = TpmAlgId.digestName(nameAlg);
    this.seed = new byte[TpmAlgId.digestSize(nameAlg)];
    RANDOM.nextBytes(seed);
  }

  /** TPM2B_ENCRYPTED_SECRET: the seed under OAEP (part 1, B.4). */
  byte[] encryptedSeed() throws GeneralSecurityException, MalformedTpmStructureException {
    Cipher oaep = Cipher.getInstance("RSA/NONE/OAEPPadding", PROVIDER);
    oaep.init(
        Cipher.ENCRYPT_MODE,
        key.publicKey(),
        new OAEPParameterSpec(
            digest, "MGF1", new MGF1ParameterSpec(digest), new PSource.PSpecified(IDENTITY)));
    return sized(oaep.doFinal(seed));
  }

  /** TPM2B_ID_OBJECT: the encrypted secret and an HMAC over it and the Name. */
  byte[] credential(byte[] secret, byte[] name) throws GeneralSecurityException {
    byte[] storageKey = kdfa(STORAGE, name, key.symmetric().keyBits());
    Cipher cfb = Cipher.getInstance("AES/CFB/NoPadding", PROVIDER);
    cfb.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(storageKey, "AES"),
        new IvParameterSpec(new byte[AES_BLOCK]));
    byte[] identity = cfb.doFinal(sized(secret));

    Mac mac = mac(kdfa(INTEGRITY, new byte[0], seed.length * Byte.SIZE));
    mac.update(identity);
    mac.update(name);
    return sized(concatenate(sized(mac.doFinal()), identity));
  }

  /** KDFa (part 1, 11.4.10.2) with an empty second context. */
  private byte[] kdfa(String label, byte[] context, int bits) throws GeneralSecurityException {
    int size = bits / Byte.SIZE;
    ByteBuffer key = ByteBuffer.allocate(size + seed.length);
    Mac mac = mac(seed);
    for (int counter = 1; key.position() < size; counter++) {
      mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(counter).array());
      mac.update((label + "\0").getBytes(StandardCharsets.US_ASCII));
      mac.update(context);
      mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(bits).array());
      key.put(mac.doFinal());
    }
    return Arrays.copyOf(key.array(), size);
  }

  private Mac mac(byte[] key) throws GeneralSecurityException {
    String algorithm = "Hmac" + digest.replace("-", "");
    Mac mac = Mac.getInstance(algorithm, PROVIDER);
    mac.init(new SecretKeySpec(key, algorithm));
    return mac;
  }

  private static byte[] sized(byte[] content) {
    return ByteBuffer.allocate(Short.BYTES + content.length)
        .putShort((short) content.length)
        .put(content)
        .array();
  }

  private static byte[] concatenate(byte[] a, byte[] b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }
}
