// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.verification.Claim;
import io.vmattest.core.verification.ReportVerification;
import io.vmattest.core.verification.ReportVerifier;
import io.vmattest.tee.testing.EmulatedTpm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedReportTest {
  private static final UUID VM = UUID.fromString("7e6e5f1c-2d2f-4ab1-9a1c-0123456789ab");
  private static final Sha256Digest DIGEST = Sha256Digest.of(new byte[Sha256Digest.SIZE]);

  @TempDir static Path tpmDirectory;
  @TempDir static Path state;
  static EmulatedTpm tpm;
  static SigningKey key;
  static Capture capture;

  @BeforeAll
  static void open() throws Exception {
    capture = RecordedCapture.measured();
    tpm = EmulatedTpm.create(tpmDirectory);
    key = SigningKey.open(tpm.tcti(), state);
  }

  @AfterAll
  static void close() throws Exception {
    key.close();
    tpm.close();
    capture.close();
  }

  private static HostClaims.Builder claims() {
    return HostClaims.builder(VM, "vm", "host", "request");
  }

  @Test
  void theReportIsSignedByTheKeyOfItsEvidence() throws Exception {
    DecodedReport report = DecodedReport.of(key.sign(capture, claims().build()));
    assertArrayEquals(key.evidence(), report.evidence());
    assertArrayEquals(
        DecodedReport.sha256(report.evidence()), report.header().get(4).GetByteString());
    assertEquals(-7, report.header().get(1).AsInt32());
    assertTrue(report.isSigned());
  }

  @Test
  void theVerifierBelievesTheReport() throws Exception {
    byte[] nonce = {1, 2, 3, 4, 5, 6, 7, 8};
    SignedReport report =
        SignedReport.parse(
            key.sign(
                capture,
                claims()
                    .nonce(nonce)
                    .components(List.of(new HostComponent("config", DIGEST, 7)))
                    .build()));
    TrustAnchors anchors =
        TrustAnchors.ofPem(
            Files.readString(tpm.rootCertificate()) + Files.readString(tpm.issuerCertificate()),
            "");
    ReportVerification verification =
        ReportVerifier.verify(report, anchors, Optional.of(nonce), Instant.now());
    // Nobody has enrolled this TPM; everything else that any report needs must hold.
    assertEquals(
        List.of(Claim.Subject.ENROLMENT),
        verification.claims().stream()
            .filter(c -> c.subject().required() && !(c instanceof Claim.Holds))
            .map(Claim::subject)
            .toList(),
        verification::toString);
    assertEquals(List.of(), verification.failures());
  }

  @Test
  void aChangedPayloadIsNotSigned() throws Exception {
    DecodedReport good = DecodedReport.of(key.sign(capture, claims().build()));
    byte[] payload = good.payload().clone();
    payload[payload.length / 2] ^= 1;
    assertFalse(
        new DecodedReport(good.protectedHeader(), good.evidence(), payload, good.signature())
            .isSigned());
  }

  @Test
  void theReportSaysWhatWasMeasuredAndWhatTheHostClaims() throws Exception {
    byte[] nonce = {1, 2, 3, 4, 5, 6, 7, 8};
    List<HostComponent> components =
        List.of(new HostComponent("config", DIGEST, 7), new HostComponent("a", DIGEST, 1L << 40));
    CBORObject claims =
        DecodedReport.of(
                key.sign(
                    capture,
                    claims()
                        .nonce(nonce)
                        .sequence(3)
                        .pauseMicros(4321)
                        .previousDigest(DIGEST)
                        .components(components)
                        .build()))
            .claims();
    assertEquals("tag:vmattest.io,2026:report/1", claims.get(265).AsString());
    assertArrayEquals(nonce, claims.get(10).GetByteString());
    Instant issued = Instant.ofEpochSecond(claims.get(6).AsInt64Value());
    assertTrue(Duration.between(issued, Instant.now()).abs().toMinutes() < 5, issued::toString);
    assertArrayEquals(capture.claims().cbor(), claims.get(-70000).EncodeToBytes());

    CBORObject host = claims.get(-70001);
    assertEquals(VM.toString().replace("-", ""), hex(host.get(1).GetByteString()));
    assertEquals("vm", host.get(2).AsString());
    assertEquals("host", host.get(3).AsString());
    assertEquals("request", host.get(4).AsString());
    assertEquals(4321, host.get(5).AsInt32());
    assertEquals(3, host.get(6).AsInt32());
    assertArrayEquals(DIGEST.bytes(), host.get(7).GetByteString());
    assertEquals(List.of("a", "config"), names(host.get(8)));
    assertEquals(4, claims.get(-70003).size());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static List<String> names(CBORObject components) {
    return components.getValues().stream().map(c -> c.get(0).AsString()).toList();
  }

  @Test
  void theStateHashIsTheRootOverAllComponentsInNameOrder() throws Exception {
    for (int n = 0; n < 6; n++) {
      List<HostComponent> host = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        // Before, between and behind what is measured.
        host.add(new HostComponent("bcdxyz".charAt(i) + "/" + i, DIGEST, i));
      }
      CBORObject claims =
          DecodedReport.of(key.sign(capture, claims().components(host).build())).claims();
      List<byte[]> leaves =
          Stream.concat(
                  claims.get(-70000).get(4).getValues().stream(),
                  claims.get(-70001).get(8).getValues().stream())
              .sorted((a, b) -> a.get(0).AsString().compareTo(b.get(0).AsString()))
              .map(CBORObject::EncodeToBytes)
              .toList();
      assertArrayEquals(DecodedReport.merkleRoot(leaves), claims.get(-70002).GetByteString());
    }
  }

  @Test
  void manyThreadsShareTheKey() throws Exception {
    List<byte[]> reports = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<Void>> workers = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      workers.add(
          CompletableFuture.runAsync(
              () -> {
                try (Capture own = RecordedCapture.measured()) {
                  for (int i = 1; i <= 10; i++) {
                    reports.add(key.sign(own, claims().sequence(i).build()));
                  }
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              }));
    }
    CompletableFuture.allOf(workers.toArray(new CompletableFuture<?>[0])).join();
    assertEquals(40, reports.size());
    for (byte[] report : reports) {
      assertTrue(DecodedReport.of(report).isSigned());
    }
  }

  @Test
  void anotherClientThatTakesTheTpmsSlotsDoesNotSpoilSignatures(@TempDir Path otherState)
      throws Exception {
    try (SigningKey other = SigningKey.open(tpm.tcti(), otherState)) {
      for (int i = 0; i < 5; i++) {
        assertTrue(DecodedReport.of(key.sign(capture, claims().build())).isSigned());
        assertTrue(DecodedReport.of(other.sign(capture, claims().build())).isSigned());
      }
    }
  }

  @Test
  void whatHasNotBeenMeasuredIsNotSigned() throws Exception {
    try (Capture empty = Capture.create()) {
      NativeFailureException e =
          assertThrows(NativeFailureException.class, () -> key.sign(empty, claims().build()));
      assertEquals(Errno.ESTALE, e.errno());
    }
  }

  @Test
  void anOpenedSnapshotIsNotSigned(@TempDir Path snapshot) throws Exception {
    try (NativeFile folder = NativeFile.openDirectory(snapshot);
        PageStore store = PageStore.open(folder)) {
      store.save(capture, folder, 0);
    }
    try (NativeFile folder = NativeFile.openDirectory(snapshot);
        PageStore store = PageStore.open(folder)) {
      byte[] digest = CBORObject.DecodeFromBytes(capture.claims().cbor()).get(8).GetByteString();
      try (Capture opened = store.open(folder, Sha256Digest.of(digest))) {
        assertArrayEquals(capture.claims().cbor(), opened.claims().cbor());
        assertThrows(OpenedSnapshotException.class, () -> key.sign(opened, claims().build()));
      }
    }
  }

  @Test
  void theHostCannotPassItsWordForAMeasurement() {
    InvalidClaimsException e =
        assertThrows(
            InvalidClaimsException.class,
            () ->
                key.sign(
                    capture,
                    claims().components(List.of(new HostComponent("memory", DIGEST, 1))).build()));
    assertTrue(e.detail().contains("memory"), e::detail);
  }

  @Test
  void claimsThatBreakTheRulesAreRefused() {
    Stream.of(
            claims().nonce(new byte[7]).build(),
            claims().nonce(new byte[0]).build(),
            claims().nonce(new byte[65]).build(),
            claims().sequence(0).build(),
            HostClaims.builder(VM, "", "host", "request").build(),
            HostClaims.builder(VM, "v".repeat(256), "host", "request").build())
        .forEach(bad -> assertThrows(InvalidClaimsException.class, () -> key.sign(capture, bad)));
  }
}
