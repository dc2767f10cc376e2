// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.testing;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cose.CoseSigner;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.evidence.tpm.MalformedTpmStructureException;
import io.vmattest.core.evidence.tpm.Tpm2Name;
import io.vmattest.core.evidence.tpm.TpmAlgId;
import io.vmattest.core.testing.TestCertificates.Identity;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.List;

/**
 * Keys in memory that make evidence of a TPM's shape. No TPM at all: it stands in where a test
 * needs evidence with one claim broken, which a TPM would not make, or a report that a test can
 * choose. Every part may be changed before {@link #evidence} is asked for.
 */
public final class StandInTpm {
  public static final int FIXED_TPM = 1 << 1;
  public static final int FIXED_PARENT = 1 << 4;
  public static final int SENSITIVE_DATA_ORIGIN = 1 << 5;
  public static final int RESTRICTED = 1 << 16;
  public static final int DECRYPT = 1 << 17;
  public static final int SIGN = 1 << 18;
  public static final int STAYS = FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN;

  /** One for all: RSA keys take seconds to make. */
  private static final KeyPair ENDORSEMENT_KEY = TestCertificates.rsa2048();

  public final Identity root = TestCertificates.authority("Test TPM root");
  public final Identity issuer = TestCertificates.authority("Test TPM issuer", root);
  public final KeyPair endorsementKey = ENDORSEMENT_KEY;
  public final KeyPair attestationKey = TestCertificates.p256();
  public final KeyPair signingKey = TestCertificates.p256();

  public PublicKey certifiedEndorsementKey = endorsementKey.getPublic();
  public String endorsementUsage = TestCertificates.EK_USAGE;
  public int endorsementAttributes = STAYS | RESTRICTED | DECRYPT;
  public int attestationAttributes = STAYS | RESTRICTED | SIGN;
  public int signingAttributes = STAYS | SIGN;
  public int attestMagic = 0xff544347;
  public int attestType = 0x8017;
  public PublicKey certifiedSigningKey = signingKey.getPublic();
  public PrivateKey certifier = attestationKey.getPrivate();
  public String device = "swtpm";

  /** Trusts its root, and nothing else. */
  public TrustAnchors anchors(X509Certificate... enrollers) {
    return new TrustAnchors(List.of(root.certificate()), List.of(), List.of(enrollers));
  }

  public KeyEvidence evidence() {
    try {
      return KeyEvidence.parse(encodedEvidence());
    } catch (KeyEvidenceException e) {
      throw new IllegalStateException(e);
    }
  }

  public byte[] encodedEvidence() {
    byte[] attest = certification();
    return CBORObject.NewMap()
        .Add(1, "tpm2")
        .Add(2, device)
        .Add(
            3,
            CBORObject.NewArray().Add(der(endorsementCertificate())).Add(der(issuer.certificate())))
        .Add(4, ecPublic(attestationKey.getPublic(), attestationAttributes))
        .Add(5, ecPublic(signingKey.getPublic(), signingAttributes))
        .Add(6, attest)
        .Add(7, ecdsaSignature(certifier, attest))
        .Add(8, endorsementPublic())
        .Add(9, "a stand-in for tests")
        .EncodeToBytes();
  }

  /** Signs with the signing key whatever it is given, unlike the module. */
  public CoseSigner signer() {
    return Es256.signer(signingKey.getPrivate());
  }

  private X509Certificate endorsementCertificate() {
    return TestCertificates.leaf("", certifiedEndorsementKey, issuer, endorsementUsage);
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public byte[] attestationKeyName() {
    return nameOf(ecPublic(attestationKey.getPublic(), attestationAttributes));
  }

  public byte[] endorsementPublic() {
    return marshal(
        out -> {
          out.writeShort(TpmAlgId.RSA);
          out.writeShort(TpmAlgId.SHA256);
          out.writeInt(endorsementAttributes);
          sized(out, new byte[32]);
          out.writeShort(TpmAlgId.AES);
          out.writeShort(128);
          out.writeShort(TpmAlgId.CFB);
          out.writeShort(TpmAlgId.NULL);
          out.writeShort(2048);
          out.writeInt(0);
          sized(out, unsigned(((RSAPublicKey) endorsementKey.getPublic()).getModulus(), 256));
        });
  }

  private static byte[] ecPublic(PublicKey key, int attributes) {
    ECPublicKey ec = (ECPublicKey) key;
    return marshal(
        out -> {
          out.writeShort(TpmAlgId.ECC);
          out.writeShort(TpmAlgId.SHA256);
          out.writeInt(attributes);
          sized(out, new byte[0]);
          out.writeShort(TpmAlgId.NULL);
          out.writeShort(TpmAlgId.ECDSA);
          out.writeShort(TpmAlgId.SHA256);
          out.writeShort(3);
          out.writeShort(TpmAlgId.NULL);
          sized(out, unsigned(ec.getW().getAffineX(), 32));
          sized(out, unsigned(ec.getW().getAffineY(), 32));
        });
  }

  private byte[] certification() {
    return marshal(
        out -> {
          out.writeInt(attestMagic);
          out.writeShort(attestType);
          sized(out, attestationKeyName());
          sized(out, new byte[0]);
          out.writeLong(1000);
          out.writeInt(1);
          out.writeInt(0);
          out.writeByte(1);
          out.writeLong(1);
          byte[] name = nameOf(ecPublic(certifiedSigningKey, signingAttributes));
          sized(out, name);
          sized(out, name);
        });
  }

  private static byte[] ecdsaSignature(PrivateKey key, byte[] message) {
    try {
      byte[] plain = Es256.signer(key).sign(message);
      return marshal(
          out -> {
            out.writeShort(TpmAlgId.ECDSA);
            out.writeShort(TpmAlgId.SHA256);
            sized(out, Arrays.copyOf(plain, 32));
            sized(out, Arrays.copyOfRange(plain, 32, 64));
          });
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] nameOf(byte[] publicArea) {
    try {
      return Tpm2Name.of(TpmAlgId.SHA256, publicArea);
    } catch (MalformedTpmStructureException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] unsigned(BigInteger number, int size) {
    byte[] bytes = number.toByteArray();
    int skip = Math.max(0, bytes.length - size);
    byte[] padded = new byte[size];
    ByteBuffer.wrap(padded, size - (bytes.length - skip), bytes.length - skip)
        .put(bytes, skip, bytes.length - skip);
    return padded;
  }

  private static void sized(DataOutputStream out, byte[] content) throws IOException {
    out.writeShort(content.length);
    out.write(content);
  }

  private static byte[] marshal(Marshaller marshaller) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      marshaller.marshal(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @FunctionalInterface
  private interface Marshaller {
    void marshal(DataOutputStream out) throws IOException;
  }
}
