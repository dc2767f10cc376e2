// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import io.vmattest.server.bodies.KeyWrapping;
import io.vmattest.server.bodies.UnreadableBodyException;
import io.vmattest.server.hsm.WrappedKey;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Wraps by keys in memory, in generations, where a test is not about the HSM. */
public final class StandInKeyWrapping implements KeyWrapping {
  private static final int NONCE = 12;

  private final SecureRandom random = new SecureRandom();
  private final Map<String, SecretKey> keys = new HashMap<>();
  private int generation;
  private boolean isAway;
  private int calls;

  public StandInKeyWrapping() {
    rotate();
  }

  public void rotate() {
    generation++;
    keys.put(newest(), new SecretKeySpec(bytes(32), "AES"));
  }

  public void takeAway() {
    isAway = true;
  }

  /** As a token that was made anew has none of the old keys. */
  public void forgetAll() {
    keys.clear();
  }

  /** How often the token was asked to wrap or to unwrap. */
  public int calls() {
    return calls;
  }

  @Override
  public String newest() {
    requireToken();
    return "vmattest-data-" + generation;
  }

  @Override
  public WrappedKey wrap(byte[] dataKey, byte[] aad) {
    calls++;
    byte[] nonce = bytes(NONCE);
    try {
      byte[] wrapped = cipher(Cipher.ENCRYPT_MODE, newest(), nonce, aad).doFinal(dataKey);
      return new WrappedKey(
          newest(), ByteBuffer.allocate(NONCE + wrapped.length).put(nonce).put(wrapped).array());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public byte[] unwrap(WrappedKey wrapped, byte[] aad) throws UnreadableBodyException {
    calls++;
    requireToken();
    if (!keys.containsKey(wrapped.keyLabel())) {
      throw new UnreadableBodyException("is of a key that the token has not");
    }
    ByteBuffer bytes = ByteBuffer.wrap(wrapped.bytes());
    byte[] nonce = new byte[NONCE];
    bytes.get(nonce);
    byte[] rest = new byte[bytes.remaining()];
    bytes.get(rest);
    try {
      return cipher(Cipher.DECRYPT_MODE, wrapped.keyLabel(), nonce, aad).doFinal(rest);
    } catch (AEADBadTagException e) {
      throw new UnreadableBodyException("has a key that was not wrapped", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Cipher cipher(int mode, String label, byte[] nonce, byte[] aad)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, keys.get(label), new GCMParameterSpec(128, nonce));
    cipher.updateAAD(aad);
    return cipher;
  }

  private void requireToken() {
    if (isAway) {
      throw new ServiceException(Problem.HSM_UNAVAILABLE, "the test took it away");
    }
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
