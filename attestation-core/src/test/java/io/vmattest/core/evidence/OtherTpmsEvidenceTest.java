// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.evidence.tpm.TpmAlgId;
import io.vmattest.core.evidence.tpm.TpmsAttest;
import io.vmattest.core.evidence.tpm.TpmtPublic;
import io.vmattest.core.evidence.tpm.TpmtSignature;
import io.vmattest.core.testing.Vectors;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Structures of other TPMs than swtpm: one that keylime used, and Azure's of a confidential VM. */
class OtherTpmsEvidenceTest {
  /** Keylime keeps keys as TPM2B_PUBLIC: a size before the structure. */
  private static TpmtPublic keylimes(String file) throws Exception {
    byte[] sized = Vectors.bytes("tpm/" + file);
    return TpmtPublic.parse(Arrays.copyOfRange(sized, 2, sized.length), file);
  }

  private static RSAPublicKey pem(String file) throws Exception {
    try (PEMParser parser = new PEMParser(new StringReader(Vectors.text(file)))) {
      return (RSAPublicKey)
          new JcaPEMKeyConverter().getPublicKey((SubjectPublicKeyInfo) parser.readObject());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ak", "ek"})
  void aPublicAreaHoldsTheKeyThatItsPemFileHas(String key) throws Exception {
    RSAPublicKey expected = pem("tpm/keylime-" + key + "pub.pem");
    RSAPublicKey actual = (RSAPublicKey) keylimes("keylime-" + key + ".pub").publicKey();
    assertEquals(expected.getModulus(), actual.getModulus());
    assertEquals(expected.getPublicExponent(), actual.getPublicExponent());
  }

  @Test
  void theNameIsTheOneTheTpmComputed() throws Exception {
    assertArrayEquals(Vectors.bytes("tpm/keylime-ak.name"), keylimes("keylime-ak.pub").name());
  }

  @Test
  void keylimesQuoteVerifies() throws Exception {
    assertVerifies(
        keylimes("keylime-ak.pub"),
        TpmtSignature.parse(Vectors.bytes("tpm/keylime-quotesig.out")),
        Vectors.bytes("tpm/keylime-quote.out"));
  }

  @Test
  void azuresQuoteVerifies() throws Exception {
    // Its signature comes without the structure around it, its key in PEM.
    byte[] raw = Vectors.bytes("snp/az-genoa-quote.sig");
    assertVerifies(
        rsassa(pem("snp/az-genoa-ak.pem")),
        new TpmtSignature(TpmAlgId.RSASSA, TpmAlgId.SHA256, raw, new byte[0]),
        Vectors.bytes("snp/az-genoa-quote.attest"));
  }

  private static void assertVerifies(TpmtPublic key, TpmtSignature signature, byte[] quote)
      throws Exception {
    assertEquals(TpmsAttest.ATTEST_QUOTE, TpmsAttest.parse(quote).type());
    assertTrue(signature.verify(key, quote));
    for (int i = 0; i < quote.length; i++) {
      byte[] flipped = quote.clone();
      flipped[i] ^= 1;
      assertFalse(signature.verify(key, flipped), "byte " + i);
    }
  }

  private static TpmtPublic rsassa(RSAPublicKey key) throws Exception {
    byte[] modulus = key.getModulus().toByteArray();
    byte[] unsigned = Arrays.copyOfRange(modulus, modulus.length - 256, modulus.length);
    return TpmtPublic.parse(
        ByteBuffer.allocate(24 + unsigned.length)
            .putShort((short) TpmAlgId.RSA)
            .putShort((short) TpmAlgId.SHA256)
            .putInt(0)
            .putShort((short) 0) // no policy
            .putShort((short) TpmAlgId.NULL) // no symmetric algorithm
            .putShort((short) TpmAlgId.RSASSA)
            .putShort((short) TpmAlgId.SHA256)
            .putShort((short) 2048)
            .putInt(0) // exponent 65537
            .putShort((short) unsigned.length)
            .put(unsigned)
            .array(),
        "it");
  }
}
