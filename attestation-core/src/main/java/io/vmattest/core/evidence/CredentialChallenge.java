// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.evidence.tpm.MalformedTpmStructureException;
import io.vmattest.core.evidence.tpm.RsaPublic;
import io.vmattest.core.evidence.tpm.TpmAlgId;
import io.vmattest.core.evidence.tpm.TpmtPublic;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;

/**
 * A secret that only the TPM with a given endorsement key can read, and only if it holds the
 * attestation key with a given Name (TPM 2.0 part 1, 24; TPM2_MakeCredential, part 3, 12.6).
 *
 * @param credential TPM2B_ID_OBJECT
 * @param encryptedSecret TPM2B_ENCRYPTED_SECRET
 * @param secret what TPM2_ActivateCredential must give back; never to be sent along
 */
public record CredentialChallenge(byte[] credential, byte[] encryptedSecret, byte[] secret) {
  private static final int SECRET_SIZE = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * Makes a challenge with a fresh random secret of 32 bytes.
   *
   * @param endorsementKey TPMT_PUBLIC of an RSA storage key with AES in CFB mode
   * @param attestationKeyName Name: algorithm and digest
   * @throws KeyEvidenceException MALFORMED if the key is not such a one
   */
  public static CredentialChallenge make(byte[] endorsementKey, byte[] attestationKeyName)
      throws KeyEvidenceException {
    byte[] secret = new byte[SECRET_SIZE];
    RANDOM.nextBytes(secret);
    try {
      TpmtPublic key = TpmtPublic.parse(endorsementKey, "The endorsement key");
      if (!(key.parameters() instanceof RsaPublic rsa)
          || rsa.symmetric().algorithm() != TpmAlgId.AES
          || rsa.symmetric().mode() != TpmAlgId.CFB) {
        throw new KeyEvidenceException(
            Reason.MALFORMED, "The endorsement key is not an RSA storage key with AES-CFB.");
      }
      CredentialSealer sealer = new CredentialSealer(key.nameAlg(), rsa);
      return new CredentialChallenge(
          sealer.credential(secret, attestationKeyName), sealer.encryptedSeed(), secret);
    } catch (MalformedTpmStructureException e) {
      throw new KeyEvidenceException(Reason.MALFORMED, e.getMessage() + ".", e);
    } catch (GeneralSecurityException e) {
      throw new KeyEvidenceException(
          Reason.MALFORMED, "The endorsement key cannot encrypt a challenge.", e);
    }
  }

  /** Whether the answer is the secret, compared in constant time. */
  public boolean isAnsweredBy(byte[] answer) {
    return MessageDigest.isEqual(secret, answer);
  }
}
