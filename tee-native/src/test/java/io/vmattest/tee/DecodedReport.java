// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.upokecenter.cbor.CBORObject;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.List;

/** A signed report taken apart with nothing but a CBOR library and the JDK. */
record DecodedReport(byte[] protectedHeader, byte[] evidence, byte[] payload, byte[] signature) {

  static DecodedReport of(byte[] encoded) {
    CBORObject message = CBORObject.DecodeFromBytes(encoded);
    if (!message.HasMostOuterTag(18) || message.size() != 4) {
      throw new AssertionError("not a tagged COSE_Sign1: " + message);
    }
    return new DecodedReport(
        message.get(0).GetByteString(),
        message.get(1).get(-70010).GetByteString(),
        message.get(2).GetByteString(),
        message.get(3).GetByteString());
  }

  CBORObject header() {
    return CBORObject.DecodeFromBytes(protectedHeader);
  }

  CBORObject claims() {
    return CBORObject.DecodeFromBytes(payload);
  }

  /** Whether the key of the evidence signed the Sig_structure (RFC 9052, 4.4). */
  boolean isSigned() throws GeneralSecurityException {
    Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
    verifier.initVerify(signingKey());
    verifier.update(
        CBORObject.NewArray()
            .Add("Signature1")
            .Add(protectedHeader)
            .Add(new byte[0])
            .Add(payload)
            .EncodeToBytes());
    return verifier.verify(signature);
  }

  private PublicKey signingKey() throws GeneralSecurityException {
    ByteBuffer area = ByteBuffer.wrap(CBORObject.DecodeFromBytes(evidence).get(5).GetByteString());
    // TPMT_PUBLIC of a P-256 signing key (TPM 2.0 part 2, 12.2.4): type, nameAlg, attributes,
    // policy, symmetric,
    // scheme with its hash, curve, kdf.
    area.position(2 + 2 + 4);
    area.position(area.position() + 2 + area.getShort(area.position()));
    area.position(area.position() + 2 + 4 + 2 + 2);
    ECPoint point = new ECPoint(coordinate(area), coordinate(area));
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec("secp256r1"));
    return KeyFactory.getInstance("EC")
        .generatePublic(new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class)));
  }

  private static BigInteger coordinate(ByteBuffer area) {
    byte[] bytes = new byte[area.getShort()];
    area.get(bytes);
    return new BigInteger(1, bytes);
  }

  /** The root that RFC 6962, 2.1 defines over the leaves' data, straight from its definition. */
  static byte[] merkleRoot(List<byte[]> leaves) throws GeneralSecurityException {
    if (leaves.size() == 1) {
      return sha256(new byte[] {0}, leaves.get(0));
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    return sha256(
        new byte[] {1},
        merkleRoot(leaves.subList(0, split)),
        merkleRoot(leaves.subList(split, leaves.size())));
  }

  static byte[] sha256(byte[]... parts) throws GeneralSecurityException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return MessageDigest.getInstance("SHA-256").digest(all.toByteArray());
  }
}
