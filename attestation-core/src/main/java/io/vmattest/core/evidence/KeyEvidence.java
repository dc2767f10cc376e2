// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cbor.StrictCbor;
import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.evidence.tpm.MalformedTpmStructureException;
import io.vmattest.core.evidence.tpm.TpmtPublic;
import io.vmattest.core.report.Digest;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Why a signing key is believed to live in a TPM: {@code key-evidence} of docs/report-format.cddl.
 *
 * @param device "tpm" or "swtpm"
 * @param endorsementChain DER, leaf first; issuers may be missing
 * @param attestationKey TPMT_PUBLIC
 * @param signingKey TPMT_PUBLIC
 * @param certification TPMS_ATTEST of TPM2_Certify
 * @param certificationSignature TPMT_SIGNATURE over it
 * @param endorsementKey TPMT_PUBLIC
 * @param description manufacturer and firmware, for people
 * @param digest SHA-256 of the encoding; the kid of reports
 */
public record KeyEvidence(
    String device,
    List<byte[]> endorsementChain,
    byte[] attestationKey,
    byte[] signingKey,
    byte[] certification,
    byte[] certificationSignature,
    byte[] endorsementKey,
    String description,
    Digest digest) {
  private static final int MAX_SIZE = 1 << 16;
  private static final int MAX_CERTIFICATES = 8;
  private static final int MAX_CERTIFICATE = 1 << 14;
  private static final int MAX_STRUCTURE = 2048;
  private static final int MAX_DESCRIPTION = 1024;
  private static final Set<String> DEVICES = Set.of("tpm", "swtpm");

  private static final long TYPE = 1;
  private static final long DEVICE = 2;
  private static final long ENDORSEMENT_CHAIN = 3;
  private static final long ATTESTATION_KEY = 4;
  private static final long SIGNING_KEY = 5;
  private static final long CERTIFICATION = 6;
  private static final long CERTIFICATION_SIGNATURE = 7;
  private static final long ENDORSEMENT_KEY = 8;
  private static final long DESCRIPTION = 9;

  /**
   * @throws KeyEvidenceException MALFORMED
   */
  public static KeyEvidence parse(byte[] encoded) throws KeyEvidenceException {
    try {
      return read(StrictCbor.decode(encoded, "key evidence", MAX_SIZE), Digest.sha256(encoded));
    } catch (MalformedCborException e) {
      throw new KeyEvidenceException(
          Reason.MALFORMED, "This is not key evidence: " + e.getMessage(), e);
    }
  }

  private static KeyEvidence read(CborItem item, Digest digest) throws MalformedCborException {
    CborMap map =
        item.map()
            .only(
                TYPE,
                DEVICE,
                ENDORSEMENT_CHAIN,
                ATTESTATION_KEY,
                SIGNING_KEY,
                CERTIFICATION,
                CERTIFICATION_SIGNATURE,
                ENDORSEMENT_KEY,
                DESCRIPTION);
    if (!map.get(TYPE).text(1, 64).equals("tpm2")) {
      throw map.get(TYPE).malformed("is not tpm2");
    }
    String device = map.get(DEVICE).text(1, 64);
    if (!DEVICES.contains(device)) {
      throw map.get(DEVICE).malformed("is neither tpm nor swtpm");
    }
    List<byte[]> chain = new ArrayList<>();
    for (CborItem certificate : map.get(ENDORSEMENT_CHAIN).array(1, MAX_CERTIFICATES)) {
      chain.add(certificate.bytes(1, MAX_CERTIFICATE));
    }
    return new KeyEvidence(
        device,
        List.copyOf(chain),
        map.get(ATTESTATION_KEY).bytes(1, MAX_STRUCTURE),
        map.get(SIGNING_KEY).bytes(1, MAX_STRUCTURE),
        map.get(CERTIFICATION).bytes(1, MAX_STRUCTURE),
        map.get(CERTIFICATION_SIGNATURE).bytes(1, MAX_STRUCTURE),
        map.get(ENDORSEMENT_KEY).bytes(1, MAX_STRUCTURE),
        map.get(DESCRIPTION).text(0, MAX_DESCRIPTION),
        digest);
  }

  /** Name of the attestation key (TPM 2.0 part 1, 16). */
  public byte[] attestationKeyName() throws KeyEvidenceException {
    try {
      return TpmtPublic.parse(attestationKey, "The attestation key").name();
    } catch (MalformedTpmStructureException e) {
      throw new KeyEvidenceException(Reason.MALFORMED, e.getMessage() + ".", e);
    }
  }

  /** The key that signs reports. */
  public PublicKey signingPublicKey() throws KeyEvidenceException {
    try {
      return TpmtPublic.parse(signingKey, "The signing key").publicKey();
    } catch (MalformedTpmStructureException e) {
      throw new KeyEvidenceException(Reason.MALFORMED, e.getMessage() + ".", e);
    }
  }
}
