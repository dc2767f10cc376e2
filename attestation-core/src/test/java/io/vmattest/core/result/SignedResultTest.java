// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Severity;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.ResultRejectedException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignedResultTest {
  private static final CBORObject SUBMODULES = CBORObject.FromObject(266);
  private static final CBORObject STATUS = CBORObject.FromObject(1000);
  private static final CBORObject VECTOR = CBORObject.FromObject(1001);
  private static final CBORObject OURS = CBORObject.FromObject(-70030);

  private final KeyPair pair = TestResults.pair("secp256r1");

  /** Made by another encoder (Python), and signed with OpenSSL. */
  @Test
  void readsAndVerifiesAResultThatAnotherImplementationMade() throws Exception {
    SignedResult golden = SignedResult.parse(golden());
    golden.verify(ResultKeys.ofPem(resource("golden.pem")), TestResults.VM);
    assertEquals(TestResults.goldenResult(), golden.result());
    assertArrayEquals(golden(), golden.encoded());
  }

  @Test
  void encodesByteForByteWhatTheOtherImplementationDoes() throws Exception {
    assertArrayEquals(
        CoseSign1.parse(golden(), SignedResult.MAX_SIZE).payload(),
        ResultEncoder.encode(TestResults.goldenResult()));
  }

  @Test
  void whatWasSignedIsReadAgain() throws Exception {
    SignedResult signed = SignedResult.parse(sign(TestResults.goldenResult()).encoded());
    signed.verify(keys());
    assertEquals(TestResults.goldenResult(), signed.result());
  }

  @Test
  void noBitOfAResultCanBeTurned() throws Exception {
    byte[] bytes = golden();
    ResultKeys keys = ResultKeys.ofPem(resource("golden.pem"));
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] tampered = bytes.clone();
      tampered[bit / 8] ^= (byte) (1 << (bit % 8));
      int at = bit;
      assertFalse(isBelieved(tampered, keys), () -> "bit " + at);
    }
  }

  @Test
  void aResultThatIsCutOrHasMoreBehindItIsMalformed() throws Exception {
    byte[] bytes = golden();
    for (int size = 0; size < bytes.length; size++) {
      byte[] cut = Arrays.copyOf(bytes, size);
      assertThrows(MalformedResultException.class, () -> SignedResult.parse(cut));
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThrows(MalformedResultException.class, () -> SignedResult.parse(longer));
  }

  @Test
  void anotherVerifiersKeyIsNotKnown() throws Exception {
    assertRejected(
        Reason.UNKNOWN_KEY,
        sign(TestResults.goldenResult()),
        ResultKeys.of(List.of(TestResults.pair("secp256r1").getPublic())));
  }

  @Test
  void anotherKeysSignatureUnderAKnownNameIsRefused() throws Exception {
    SignedResult forged =
        SignedResult.sign(
            TestResults.goldenResult(),
            pair.getPublic(),
            Es256.signer(TestResults.pair("secp256r1").getPrivate()));
    assertRejected(Reason.SIGNATURE, forged, keys());
  }

  @Test
  void aResultAboutAnotherVmIsRefused() throws Exception {
    SignedResult signed = sign(TestResults.goldenResult());
    ResultRejectedException e =
        assertThrows(ResultRejectedException.class, () -> signed.verify(keys(), new UUID(1, 2)));
    assertEquals(Reason.OTHER_VM, e.reason());
  }

  /** Signed by the right key, and still not to be believed. */
  @ParameterizedTest
  @CsvSource({"VERIFIED,2", "VERIFIED,96", "DISCREPANT,2", "OVERDUE,32", "UNVERIFIABLE,0"})
  void aResultThatContradictsItselfIsRefused(String verdict, int status) throws Exception {
    SignedResult contradicting =
        signed(
            claims -> {
              CBORObject vm = claims.get(SUBMODULES).get("vm");
              vm.Set(STATUS, CBORObject.FromObject(status));
              vm.get(OURS).Set(CBORObject.FromObject(3), CBORObject.FromObject(verdict));
            });
    assertRejected(Reason.INCONSISTENT, contradicting, keys());
  }

  @Test
  void claimsThatAreNotKnownAreIgnoredAsTheDraftWants() throws Exception {
    SignedResult extended =
        signed(
            claims -> {
              claims.Set(CBORObject.FromObject(1002), CBORObject.FromObject(new byte[3]));
              claims
                  .get(SUBMODULES)
                  .get("vm")
                  .Set(CBORObject.FromObject(-71000), CBORObject.FromObject("more"));
              claims.get(SUBMODULES).Set(CBORObject.FromObject("host"), CBORObject.NewMap());
            });
    extended.verify(keys());
    assertEquals(TestResults.goldenResult(), extended.result());
  }

  @ParameterizedTest
  @CsvSource({"6", "265", "266", "1004"})
  void aResultWithoutAClaimThatTheDraftWantsIsMalformed(int label) {
    assertMalformed(claims -> claims.Remove(CBORObject.FromObject(label)));
  }

  @ParameterizedTest
  @CsvSource({"265", "1000", "1001", "-70030"})
  void anAppraisalWithoutOneOfItsClaimsIsMalformed(int label) {
    assertMalformed(
        claims -> claims.get(SUBMODULES).get("vm").Remove(CBORObject.FromObject(label)));
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3", "4", "5", "8", "9", "10", "11"})
  void ourClaimsAreAllThere(int label) {
    assertMalformed(
        claims -> claims.get(SUBMODULES).get("vm").get(OURS).Remove(CBORObject.FromObject(label)));
  }

  @Test
  void valuesOutOfTheirBoundsAreMalformed() {
    assertMalformed(
        claims -> claims.Set(265, CBORObject.FromObject("tag:vmattest.io,2026:report/1")));
    assertMalformed(claims -> appraisal(claims).Set(STATUS, CBORObject.FromObject(3)));
    assertMalformed(claims -> appraisal(claims).Set(VECTOR, CBORObject.NewMap()));
    assertMalformed(claims -> appraisal(claims).get(VECTOR).Set(2, CBORObject.FromObject(128)));
    assertMalformed(claims -> appraisal(claims).get(VECTOR).Set(2, CBORObject.FromObject(-129)));
    assertMalformed(claims -> appraisal(claims).get(VECTOR).Set(8, CBORObject.FromObject(2)));
    assertMalformed(claims -> appraisal(claims).Set(1003, CBORObject.NewArray()));
    assertMalformed(claims -> appraisal(claims).get(OURS).Set(99, CBORObject.FromObject(1)));
    assertMalformed(claims -> appraisal(claims).get(OURS).Set(3, CBORObject.FromObject("FINE")));
    assertMalformed(
        claims -> appraisal(claims).get(OURS).Set(5, CBORObject.FromObject("x".repeat(4097))));
    assertMalformed(
        claims -> {
          for (int i = 0; i < 1001; i++) {
            CBORObject all = appraisal(claims).get(OURS).get(CBORObject.FromObject(11));
            all.Add(all.get(0));
          }
        });
  }

  @Test
  void aResultAndAReportAreNeverTakenForEachOther() throws Exception {
    byte[] result = golden();
    assertThrows(MalformedReportException.class, () -> SignedReport.parse(result));
    byte[] header =
        CBORObject.NewMap()
            .Add(1, -7)
            .Add(3, SignedReport.MEDIA_TYPE)
            .Add(4, ResultKeys.identifier(pair.getPublic()).bytes())
            .EncodeToBytes();
    byte[] asReport =
        CoseSign1.sign(
                header,
                ResultEncoder.encode(TestResults.goldenResult()),
                Es256.signer(pair.getPrivate()))
            .encoded();
    assertThrows(MalformedResultException.class, () -> SignedResult.parse(asReport));
  }

  @Test
  void anUnprotectedHeaderIsMalformed() throws Exception {
    byte[] bytes =
        CoseSign1.parse(golden(), SignedResult.MAX_SIZE)
            .withUnprotected(-1, new byte[] {1})
            .encoded();
    assertThrows(MalformedResultException.class, () -> SignedResult.parse(bytes));
  }

  @Test
  void whatAGuestNamesAtAnyLengthAndWithoutUnicodeStillMakesAResult() throws Exception {
    String hostile = "\ud800" + "\uffff\ud83d\ude00".repeat(100_000);
    Discrepancy one = TestResults.discrepancy("guest", Severity.CRITICAL, hostile);
    VmResult vm = TestResults.withDiscrepancies(List.of(one));
    SignedResult signed = sign(TestResults.result(vm));
    signed.verify(keys());
    Discrepancy read = signed.result().vm().discrepancies().get(0);
    assertTrue(read.subject().getBytes(UTF_8).length <= 4096);
    assertTrue(read.subject().endsWith("…") && read.subject().startsWith("?"));
  }

  @Test
  void ofTooManyDiscrepanciesTheGravestAreNamedAndAllAreCounted() throws Exception {
    List<Discrepancy> many =
        IntStream.range(0, 50_000)
            .mapToObj(
                i ->
                    TestResults.discrepancy(
                        "memory", i % 100 == 99 ? Severity.CRITICAL : Severity.INFO, "s" + i))
            .toList();
    SignedResult signed = sign(TestResults.result(TestResults.withDiscrepancies(many)));
    signed.verify(keys());
    List<Discrepancy> named = signed.result().vm().discrepancies();
    assertEquals(50_000, signed.result().vm().found());
    assertEquals(1000, named.size());
    assertEquals(500, named.stream().filter(d -> d.severity() == Severity.CRITICAL).count());
    assertTrue(signed.encoded().length < SignedResult.MAX_SIZE);
  }

  @Test
  void discrepanciesThatAreLongAreCutAtHalfAMegabyte() throws Exception {
    List<Discrepancy> many =
        IntStream.range(0, 900)
            .mapToObj(i -> TestResults.discrepancy("memory", Severity.INFO, "x".repeat(4096)))
            .toList();
    SignedResult signed = sign(TestResults.result(TestResults.withDiscrepancies(many)));
    assertTrue(signed.encoded().length < 600_000);
    assertEquals(900, signed.result().vm().found());
  }

  @Test
  void noiseIsMalformedAndNothingElse() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      if (noise.length > 2 && i % 2 == 0) {
        noise[0] = (byte) 0xd2;
        noise[1] = (byte) 0x84;
      }
      assertThrows(MalformedResultException.class, () -> SignedResult.parse(noise));
    }
  }

  private static CBORObject appraisal(CBORObject claims) {
    return claims.get(SUBMODULES).get("vm");
  }

  private static boolean isBelieved(byte[] bytes, ResultKeys keys) {
    try {
      SignedResult.parse(bytes).verify(keys);
      return true;
    } catch (MalformedResultException | ResultRejectedException e) {
      return false;
    }
  }

  private void assertRejected(Reason reason, SignedResult signed, ResultKeys keys) {
    assertEquals(
        reason, assertThrows(ResultRejectedException.class, () -> signed.verify(keys)).reason());
  }

  private void assertMalformed(Consumer<CBORObject> change) {
    assertThrows(MalformedResultException.class, () -> signed(change));
  }

  /** With claims changed before they are signed by the right key. */
  private SignedResult signed(Consumer<CBORObject> change) throws Exception {
    CBORObject claims =
        CBORObject.DecodeFromBytes(ResultEncoder.encode(TestResults.goldenResult()));
    change.accept(claims);
    byte[] header =
        CBORObject.NewMap()
            .Add(1, -7)
            .Add(3, SignedResult.MEDIA_TYPE)
            .Add(4, ResultKeys.identifier(pair.getPublic()).bytes())
            .EncodeToBytes();
    return SignedResult.parse(
        CoseSign1.sign(header, claims.EncodeToBytes(), Es256.signer(pair.getPrivate())).encoded());
  }

  private SignedResult sign(AttestationResult result) throws GeneralSecurityException {
    return SignedResult.sign(result, pair.getPublic(), Es256.signer(pair.getPrivate()));
  }

  private ResultKeys keys() {
    return ResultKeys.of(List.of(pair.getPublic()));
  }

  private static byte[] golden() throws IOException {
    return Base64.getMimeDecoder().decode(resource("golden.cose.b64"));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = requireNonNull(SignedResultTest.class.getResourceAsStream(name))) {
      return in.readAllBytes();
    }
  }
}
