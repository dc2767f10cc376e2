// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.config.OwnMetadata;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * A branch's record for a place that others can read and write: base64 of AES-256-GCM (NIST SP
 * 800-38D) over the deflated JSON (RFC 1950), for one VM and this version of the form. Enciphered,
 * for a definition may hold passwords.
 */
final class SealedBranch {
  /** Of base64; a definition is some 10 KiB before it is deflated. */
  static final int MAX_CHARACTERS = 64 << 10;

  /** Of JSON. */
  private static final int MAX_RECORD = 1 << 20;

  private static final int TAG_BITS = 128;

  /** A key seals once only, so that its nonce need not differ from any other. */
  private static final byte[] NONCE = new byte[12];

  private SealedBranch() {}

  /**
   * Empty if the record is too large for a copy.
   *
   * @param key which has sealed nothing yet
   */
  static Optional<String> seal(Branch branch, SecretKey key) throws IOException {
    byte[] json = BranchJson.of(branch).getBytes(StandardCharsets.UTF_8);
    if (json.length > MAX_RECORD) {
      return Optional.empty();
    }
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, branch.vm(), key);
      String text = Base64.getEncoder().encodeToString(cipher.doFinal(deflated(json)));
      return text.length() > MAX_CHARACTERS ? Optional.empty() : Optional.of(text);
    } catch (GeneralSecurityException e) {
      throw new IOException("a branch's record cannot be sealed", e);
    }
  }

  /** Empty if it is not what was sealed with this key, for this VM. */
  static Optional<Branch> open(String text, UUID vm, SecretKey key) {
    if (text.length() > MAX_CHARACTERS) {
      return Optional.empty();
    }
    try {
      byte[] sealed = Base64.getDecoder().decode(text);
      // Java's cipher has no declared failure for what is shorter than a tag.
      if (sealed.length < TAG_BITS / Byte.SIZE) {
        return Optional.empty();
      }
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, vm, key);
      Branch branch = BranchJson.parse(inflated(cipher.doFinal(sealed)));
      // Throws if its identifiers are not hexadecimal.
      branch.id().fileName();
      return Optional.of(branch);
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Cipher cipher(int mode, UUID vm, SecretKey key) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, NONCE));
    cipher.updateAAD((OwnMetadata.NAMESPACE + ' ' + vm).getBytes(StandardCharsets.US_ASCII));
    return cipher;
  }

  private static byte[] deflated(byte[] bytes) throws IOException {
    ByteArrayOutputStream result = new ByteArrayOutputStream();
    try (OutputStream deflater = new DeflaterOutputStream(result)) {
      deflater.write(bytes);
    }
    return result.toByteArray();
  }

  private static String inflated(byte[] bytes) throws IOException {
    try (InputStream inflater = new InflaterInputStream(new ByteArrayInputStream(bytes))) {
      byte[] result = inflater.readNBytes(MAX_RECORD + 1);
      if (result.length > MAX_RECORD) {
        throw new IOException("a branch's record of more than " + MAX_RECORD + " bytes");
      }
      return new String(result, StandardCharsets.UTF_8);
    }
  }
}
