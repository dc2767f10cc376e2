// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import io.vmattest.server.hsm.KeyRing.SigningPair;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * A token behind PKCS#11 2.40: keys that are made in it and never leave it, in generations from 1,
 * each with a key that seals, one that signs checkpoints, one that signs results and one that wraps
 * data keys. Generation 1 is made on first use; of the others the newest is for what is new, and
 * all are for what was made with them. Any thread may call; calls go on side by side.
 *
 * <p>System properties: {@code vmattest.hsm.library} (the vendor's library, SoftHSM's by default),
 * {@code vmattest.hsm.slot.index} (among the slots that hold a token, 0 by default), {@code
 * vmattest.hsm.pin.file}. A token that went away is looked for once a second at most, when somebody
 * wants it. With most libraries that needs {@code --add-opens
 * jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED}, and so does the token's label.
 *
 * <p>Every method throws {@link HsmUnavailableException} while there is no token.
 */
@ApplicationScoped
public class Hsm {
  private static final String SEALING = "HmacSHA256";
  private static final String SIGNING = "SHA256withECDSA";
  private static final String WRAPPING = "AES/GCM/NoPadding";
  private static final byte[] PROBE = {};

  private final SecureRandom random = new SecureRandom();
  private final TokenOpener opener;
  private final TokenKeeper keeper;

  public Hsm() {
    this(
        new TokenOpener(HsmSettings::ofSystemProperties, Duration.ofSeconds(2)),
        Duration.ofSeconds(1));
  }

  Hsm(TokenOpener opener, Duration betweenOpenings) {
    this.opener = opener;
    this.keeper = new TokenKeeper(opener, betweenOpenings);
  }

  /** The label of the key that new seals are made with, {@code vmattest-seal-N}. */
  public String sealKey() {
    return keeper.with(token -> KeyKind.SEAL.label(token.ring().generation()));
  }

  /**
   * HMAC-SHA256 (RFC 2104) by a key of any generation.
   *
   * @return 32 bytes
   * @throws HsmKeyMissingException if the token has no such key
   */
  public byte[] seal(String keyLabel, byte[] data) {
    return seal(keyLabel, List.of(data)).get(0);
  }

  /** The seals of several data, each of its own, in their order. */
  public List<byte[]> seal(String keyLabel, List<byte[]> data) {
    return keeper.with(
        token -> {
          Mac mac = Mac.getInstance(SEALING, token.provider());
          mac.init(secret(token, KeyKind.SEAL, keyLabel));
          List<byte[]> seals = new ArrayList<>(data.size());
          for (byte[] one : data) {
            seals.add(mac.doFinal(one));
          }
          return seals;
        });
  }

  /** The key that new checkpoints are signed with. */
  public SigningKey logKey() {
    return newest(logKeys());
  }

  /** The log keys of all whole generations, the newest last. */
  public List<SigningKey> logKeys() {
    return signingKeys(KeyRing::logs);
  }

  /** The key that new results are signed with. */
  public SigningKey resultKey() {
    return newest(resultKeys());
  }

  /** The result keys of all generations up to the newest whole one, which is the last. */
  public List<SigningKey> resultKeys() {
    return signingKeys(KeyRing::results);
  }

  private static SigningKey newest(List<SigningKey> keys) {
    return keys.get(keys.size() - 1);
  }

  private List<SigningKey> signingKeys(Function<KeyRing, Map<Integer, SigningPair>> kind) {
    return keeper.with(
        token -> {
          KeyRing ring = token.ring();
          return kind.apply(ring).entrySet().stream()
              .filter(pair -> pair.getKey() <= ring.generation())
              .map(Map.Entry::getValue)
              .map(
                  pair ->
                      new SigningKey(pair.label(), pair.publicKey(), m -> sign(pair.label(), m)))
              .toList();
        });
  }

  private byte[] sign(String keyLabel, byte[] message) {
    return keeper.with(
        token -> {
          SigningPair pair = token.key(keyLabel, ring -> ring.signing(keyLabel));
          Signature signature = Signature.getInstance(SIGNING, token.provider());
          signature.initSign(pair.privateKey());
          signature.update(message);
          return signature.sign();
        });
  }

  /** The label of the key that new data keys are wrapped with, {@code vmattest-data-N}. */
  public String dataKey() {
    return keeper.with(token -> KeyKind.DATA.label(token.ring().generation()));
  }

  /**
   * Encrypts a data key with the newest wrapping key.
   *
   * @param aad what the key is for; has to be the same when it is unwrapped
   */
  public WrappedKey wrap(byte[] dataKey, byte[] aad) {
    return keeper.with(
        token -> {
          String label = KeyKind.DATA.label(token.ring().generation());
          byte[] nonce = new byte[WrappedKey.NONCE_BYTES];
          random.nextBytes(nonce);
          Cipher cipher = cipher(token, Cipher.ENCRYPT_MODE, label, nonce, aad);
          byte[] encrypted = cipher.doFinal(dataKey);
          byte[] bytes = new byte[nonce.length + encrypted.length];
          System.arraycopy(nonce, 0, bytes, 0, nonce.length);
          System.arraycopy(encrypted, 0, bytes, nonce.length, encrypted.length);
          return new WrappedKey(label, bytes);
        });
  }

  /**
   * Decrypts a data key.
   *
   * @throws WrappedKeyException if key or AAD are not those that were wrapped
   * @throws HsmKeyMissingException if the token has not the key that it was wrapped with
   */
  public byte[] unwrap(WrappedKey wrapped, byte[] aad) throws WrappedKeyException {
    byte[] bytes = wrapped.bytes();
    Optional<byte[]> dataKey =
        keeper.with(
            token -> {
              byte[] nonce = Arrays.copyOf(bytes, WrappedKey.NONCE_BYTES);
              Cipher cipher = cipher(token, Cipher.DECRYPT_MODE, wrapped.keyLabel(), nonce, aad);
              try {
                return Optional.of(
                    cipher.doFinal(bytes, nonce.length, bytes.length - nonce.length));
              } catch (AEADBadTagException e) {
                // The JDK also says so of a token that failed (CKR_GENERAL_ERROR).
                probe(token);
                return Optional.empty();
              }
            });
    return dataKey.orElseThrow(
        () -> new WrappedKeyException("not what was wrapped with " + wrapped.keyLabel()));
  }

  /**
   * Makes the next generation of every key. Servers that share the token use it within half a
   * minute, and know its keys at once.
   *
   * @return its number
   */
  public int rotate() {
    return keeper.with(
        token -> {
          opener.make(token, token.reread().generation() + 1);
          return token.ring().generation();
        });
  }

  /** Tries the token. */
  public HsmState state() {
    try {
      return keeper.with(
          token -> {
            probe(token);
            return new HsmState.Ready(token.ring().generation(), token.label(), token.library());
          });
    } catch (HsmUnavailableException e) {
      return new HsmState.Unavailable(e.detail());
    }
  }

  private static void probe(OpenToken token) throws GeneralSecurityException {
    Mac mac = Mac.getInstance(SEALING, token.provider());
    mac.init(secret(token, KeyKind.SEAL, KeyKind.SEAL.label(token.ring().generation())));
    mac.doFinal(PROBE);
  }

  private static Cipher cipher(OpenToken token, int mode, String label, byte[] nonce, byte[] aad)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(WRAPPING, token.provider());
    GCMParameterSpec parameters = new GCMParameterSpec(WrappedKey.TAG_BYTES * Byte.SIZE, nonce);
    cipher.init(mode, secret(token, KeyKind.DATA, label), parameters);
    cipher.updateAAD(aad);
    return cipher;
  }

  private static SecretKey secret(OpenToken token, KeyKind kind, String label)
      throws GeneralSecurityException {
    if (kind.generation(label).isEmpty()) {
      throw new HsmKeyMissingException(label);
    }
    return token.key(label, ring -> Optional.ofNullable(ring.secrets().get(label)));
  }
}
