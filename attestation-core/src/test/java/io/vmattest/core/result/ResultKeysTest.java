// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResultKeysTest {
  @Test
  void keysInTextAreThoseThatWereWritten() {
    ResultKeys keys =
        ResultKeys.of(
            List.of(
                TestResults.pair("secp256r1").getPublic(),
                TestResults.pair("secp256r1").getPublic()));
    ResultKeys read = ResultKeys.ofPem(keys.pem().getBytes(US_ASCII));
    assertEquals(keys.identifiers(), read.identifiers());
    assertEquals(keys.pem(), read.pem());
  }

  @ParameterizedTest
  @CsvSource({"secp256k1", "secp384r1"})
  void aKeyOnAnotherCurveIsNone(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
      generator.initialize(new ECGenParameterSpec(curve));
      KeyPair elsewhere = generator.generateKeyPair();
      assertThrows(
          IllegalArgumentException.class, () -> ResultKeys.of(List.of(elsewhere.getPublic())));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void textWithoutAKeyIsRefused() {
    for (String text :
        List.of(
            "",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")) {
      assertThrows(
          IllegalArgumentException.class, () -> ResultKeys.ofPem(text.getBytes(US_ASCII)), text);
    }
  }
}
