// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.evidence.tpm.MalformedTpmStructureException;
import io.vmattest.core.evidence.tpm.TpmsAttest;
import io.vmattest.core.evidence.tpm.TpmtPublic;
import io.vmattest.core.evidence.tpm.TpmtSignature;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.Vectors;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Evidence that a TPM (swtpm) made. */
class SwtpmEvidenceTest {
  private static final Instant AT = Instant.parse("2027-01-01T00:00:00Z");

  private static CBORObject parts() {
    return CBORObject.NewMap()
        .Add(1, "tpm2")
        .Add(2, "swtpm")
        .Add(3, CBORObject.NewArray().Add(Vectors.bytes("swtpm/ekcert.der")))
        .Add(4, Vectors.bytes("swtpm/ak.pub"))
        .Add(5, Vectors.bytes("swtpm/key.pub"))
        .Add(6, Vectors.bytes("swtpm/certify.attest"))
        .Add(7, Vectors.bytes("swtpm/certify.sig"))
        .Add(8, Vectors.bytes("swtpm/ek.pub"))
        .Add(9, "swtpm");
  }

  private static TrustAnchors anchors() throws KeyEvidenceException {
    return TrustAnchors.ofPem(
        Vectors.text("swtpm/swtpm-localca-rootca-cert.pem") + Vectors.text("swtpm/issuercert.pem"),
        "");
  }

  private static KeyEvidence evidence(CBORObject parts) throws KeyEvidenceException {
    return KeyEvidence.parse(parts.EncodeToBytes());
  }

  private static Reason refusal(CBORObject parts, TrustAnchors anchors, Instant at)
      throws KeyEvidenceException {
    KeyEvidence evidence = evidence(parts);
    return assertThrows(
            KeyEvidenceException.class, () -> TpmKeyEvidenceVerifier.verify(evidence, anchors, at))
        .reason();
  }

  @Test
  void genuineEvidenceVerifiesUpToItsRoot() throws Exception {
    TpmKeyEvidenceVerifier.verify(evidence(parts()), anchors(), AT);
  }

  @Test
  void theIntermediateMayComeWithTheEvidenceInstead() throws Exception {
    TrustAnchors rootOnly =
        TrustAnchors.ofPem(Vectors.text("swtpm/swtpm-localca-rootca-cert.pem"), "");
    assertEquals(Reason.ENDORSEMENT_CHAIN, refusal(parts(), rootOnly, AT));
    CBORObject parts = parts();
    parts
        .get(CBORObject.FromObject(3))
        .Add(Certificates.ofPem(Vectors.text("swtpm/issuercert.pem")).get(0).getEncoded());
    TpmKeyEvidenceVerifier.verify(evidence(parts), rootOnly, AT);
  }

  @Test
  void anotherRootOrAnotherTimeIsRefused() throws Exception {
    TrustAnchors other = new StandInTpm().anchors();
    assertEquals(Reason.ENDORSEMENT_CHAIN, refusal(parts(), other, AT));
    assertEquals(
        Reason.ENDORSEMENT_CHAIN,
        refusal(parts(), anchors(), Instant.parse("2020-01-01T00:00:00Z")));
  }

  @Test
  void everyFlippedBitOfTheCertificationIsFound() throws Exception {
    byte[] certification = Vectors.bytes("swtpm/certify.attest");
    for (int i = 0; i < certification.length; i++) {
      byte[] flipped = certification.clone();
      flipped[i] ^= 1;
      CBORObject parts = parts();
      parts.Set(6, flipped);
      assertEquals(Reason.CERTIFICATION_SIGNATURE, refusal(parts, anchors(), AT), "byte " + i);
    }
  }

  @Test
  void aQuoteOrATimeIsNotACertification() throws Exception {
    for (String kind : new String[] {"quote", "time", "nvcertify", "certifycreation"}) {
      CBORObject parts = parts();
      parts.Set(6, Vectors.bytes("swtpm/" + kind + ".attest"));
      parts.Set(7, Vectors.bytes("swtpm/" + kind + ".sig"));
      assertEquals(Reason.CERTIFICATION, refusal(parts, anchors(), AT), kind);
    }
  }

  @Test
  void theNameIsTheOneTheTpmComputed() throws Exception {
    assertArrayEquals(Vectors.bytes("swtpm/ak.name"), evidence(parts()).attestationKeyName());
  }

  @Test
  void everyTruncationOfAStructureIsRefused() {
    for (String file : new String[] {"ak.pub", "key.pub", "ek.pub"}) {
      byte[] bytes = Vectors.bytes("swtpm/" + file);
      for (int size = 0; size < bytes.length; size++) {
        byte[] cut = Arrays.copyOf(bytes, size);
        assertThrows(MalformedTpmStructureException.class, () -> TpmtPublic.parse(cut, "it"));
      }
    }
    byte[] attest = Vectors.bytes("swtpm/certify.attest");
    for (int size = 0; size < attest.length; size++) {
      byte[] cut = Arrays.copyOf(attest, size);
      assertThrows(MalformedTpmStructureException.class, () -> TpmsAttest.parse(cut).certifyInfo());
    }
    byte[] signature = Vectors.bytes("swtpm/certify.sig");
    for (int size = 0; size < signature.length; size++) {
      byte[] cut = Arrays.copyOf(signature, size);
      assertThrows(MalformedTpmStructureException.class, () -> TpmtSignature.parse(cut));
    }
  }

  @Test
  void whatNoTpmGeneratedIsRefused() {
    byte[] forged = Vectors.bytes("negative/tpm-quote-badmagic.attest");
    assertThrows(MalformedTpmStructureException.class, () -> TpmsAttest.parse(forged));
  }
}
