// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cose;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.Vectors;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoseSign1Test {
  private static final int MAX = 4096;
  private static final byte[] HEADER = HexFormat.of().parseHex("a10126");
  private static final byte[] PAYLOAD = {1, 2, 3};

  private static PublicKey key(JsonObject jwk) throws Exception {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    Base64.Decoder base64 = Base64.getUrlDecoder();
    ECPoint point =
        new ECPoint(
            new BigInteger(1, base64.decode(jwk.getString("x"))),
            new BigInteger(1, base64.decode(jwk.getString("y"))));
    return KeyFactory.getInstance("EC")
        .generatePublic(
            new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class)));
  }

  private static JsonObject example(String name) {
    try (var reader = Json.createReader(new StringReader(Vectors.text("cose/" + name + ".json")))) {
      return reader.readObject();
    }
  }

  private static byte[] encoded(JsonObject example) {
    return HexFormat.of().parseHex(example.getJsonObject("output").getString("cbor"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sign1-tests-sign-pass-01", "ecdsa-examples-ecdsa-sig-01"})
  void genuineExamplesVerify(String name) throws Exception {
    JsonObject example = example(name);
    CoseSign1 message = CoseSign1.parse(encoded(example), MAX);
    JsonObject key = example.getJsonObject("input").getJsonObject("sign0").getJsonObject("key");
    assertTrue(message.isSignedBy(key(key)));
    assertArrayEquals(encoded(example), message.encoded());
  }

  private static boolean verifies(String name) {
    JsonObject example = example(name);
    JsonObject key = example.getJsonObject("input").getJsonObject("sign0").getJsonObject("key");
    try {
      return CoseSign1.parse(encoded(example), MAX).isSignedBy(key(key));
    } catch (MalformedCoseException e) {
      return false;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sign1-tests-sign-fail-01", // another tag
        "sign1-tests-sign-fail-02", // another signature
        "sign1-tests-sign-fail-03", // an algorithm that nobody knows, by number
        "sign1-tests-sign-fail-04" // and by name
      })
  void brokenExamplesDoNot(String name) {
    assertFalse(verifies(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ecdsa-examples-ecdsa-sig-02", // ES384 on P-384
        "ecdsa-examples-ecdsa-sig-03", // ES512 on P-521
        "ecdsa-examples-ecdsa-sig-04" // ES512 on P-256
      })
  void genuineExamplesOfOtherAlgorithmsDoNot(String name) {
    assertFalse(verifies(name));
  }

  @Test
  void aSignatureOverDataOutsideTheMessageDoesNot() throws Exception {
    // The example is genuine; its signature covers external data, of which reports have none.
    JsonObject example = example("sign1-tests-sign-pass-02");
    assertArrayEquals(
        encoded(example), CoseSign1.parse(encoded(example), MAX).encoded(), "it is well-formed");
    assertFalse(verifies("sign1-tests-sign-pass-02"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"01", "02", "03", "04"})
  void messagesOfSeveralSignersAreRefused(String number) {
    byte[] encoded = encoded(example("ecdsa-examples-ecdsa-" + number));
    assertThrows(MalformedCoseException.class, () -> CoseSign1.parse(encoded, MAX));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a10122", "a1013823", "a0", "a101634553a3"})
  void aGoodSignatureUnderAnotherAlgorithmsNameDoesNotCount(String header) throws Exception {
    KeyPair key = TestCertificates.p256();
    CoseSign1 message =
        CoseSign1.sign(HexFormat.of().parseHex(header), PAYLOAD, Es256.signer(key.getPrivate()));
    assertFalse(message.isSignedBy(key.getPublic()));
  }

  @Test
  void aChangedByteAnywhereBreaksIt() throws Exception {
    KeyPair key = TestCertificates.p256();
    byte[] good = CoseSign1.sign(HEADER, PAYLOAD, Es256.signer(key.getPrivate())).encoded();
    assertTrue(CoseSign1.parse(good, MAX).isSignedBy(key.getPublic()));
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      assertFalse(verifies(bad, key.getPublic()), "byte " + i);
    }
  }

  private static boolean verifies(byte[] encoded, PublicKey key) {
    try {
      return CoseSign1.parse(encoded, MAX).isSignedBy(key);
    } catch (MalformedCoseException e) {
      return false;
    }
  }

  @Test
  void everyTruncationIsRefused() throws Exception {
    byte[] good =
        CoseSign1.sign(HEADER, PAYLOAD, Es256.signer(TestCertificates.p256().getPrivate()))
            .encoded();
    for (int size = 0; size < good.length; size++) {
      byte[] cut = java.util.Arrays.copyOf(good, size);
      assertThrows(MalformedCoseException.class, () -> CoseSign1.parse(cut, MAX));
    }
  }

  @Test
  void anUnprotectedEntryChangesNothingThatIsSigned() throws Exception {
    KeyPair key = TestCertificates.p256();
    CoseSign1 message = CoseSign1.sign(HEADER, PAYLOAD, Es256.signer(key.getPrivate()));
    CoseSign1 more = CoseSign1.parse(message.withUnprotected(-5, PAYLOAD).encoded(), MAX);
    assertTrue(more.isSignedBy(key.getPublic()));
    assertArrayEquals(message.encoded(), more.bare().encoded());
    assertArrayEquals(PAYLOAD, more.unprotectedHeader().get(-5).bytes(3, 3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8440a0405840", // no tag
        "d18440a04040", // another tag
        "d28340a040", // three items
        "d29f40a04040ff", // indefinite length
        "d2184440a04040", // nonsense
        "d284a0a04040", // protected header not a byte string
      })
  void otherStructuresAreRefused(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThrows(MalformedCoseException.class, () -> CoseSign1.parse(bytes, MAX));
  }

  @Test
  void whatIsTooLargeIsRefusedUnread() {
    var e = assertThrows(MalformedCoseException.class, () -> CoseSign1.parse(new byte[17], 16));
    assertEquals("COSE_Sign1 has 17 bytes; at most 16 are allowed", e.getMessage());
  }

  @Test
  void aSignerThatGivesAnotherSizeIsRefused() {
    assertThrows(
        java.security.GeneralSecurityException.class,
        () -> CoseSign1.sign(HEADER, PAYLOAD, message -> new byte[63]));
  }
}
