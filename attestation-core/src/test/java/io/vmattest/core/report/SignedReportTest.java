// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.report.StateComponent.Origin;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SignedReportTest {
  private final StandInTpm tpm = new StandInTpm();
  private final ReportMaker maker = new ReportMaker();

  private static CBORObject measured(CBORObject claims) {
    return claims.get(CBORObject.FromObject(-70000));
  }

  private static CBORObject host(CBORObject claims) {
    return claims.get(CBORObject.FromObject(-70001));
  }

  private String refusal(Consumer<CBORObject> change) {
    CBORObject claims = maker.claims();
    change.accept(claims);
    byte[] encoded = ReportMaker.sign(tpm, claims).encoded();
    var e = assertThrows(MalformedReportException.class, () -> SignedReport.parse(encoded));
    return String.valueOf(e.getMessage());
  }

  private static CBORObject key(int key) {
    return CBORObject.FromObject(key);
  }

  @Test
  void aBackgroundSnapshotIsOne() throws Exception {
    maker.mode = "background";
    assertEquals(CaptureMode.BACKGROUND, maker.sign(tpm).report().mode());
  }

  @Test
  void everyClaimIsRead() throws Exception {
    maker.nonce = Optional.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    maker.sequence = 7;
    AttestationReport report = maker.sign(tpm).report();
    assertEquals(ReportMaker.VM, report.vmId());
    assertEquals("guest", report.vmName());
    assertEquals("host", report.hostId());
    assertEquals("request", report.trigger());
    assertEquals(CaptureMode.LIVE, report.mode());
    assertEquals(5100, report.pauseMicros());
    assertEquals(4200, report.switchoverMicros());
    assertEquals(7, report.sequence());
    assertEquals("pc-q35-7.2", report.machineType());
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, report.nonce().orElseThrow());
    assertEquals(
        List.of("config", "cpu", "cpu/control", "devices", "memory"),
        report.components().stream().map(StateComponent::name).toList());
    assertEquals(Origin.HOST, report.component("config").orElseThrow().origin());
    assertEquals(Origin.MEASURED, report.component("memory").orElseThrow().origin());
    assertArrayEquals(ReportMaker.u64(0xd01), report.vcpus().get(0).get("EFER"));
    assertEquals(maker.devices, report.devices());
    assertEquals(maker.ramBlocks, report.ramBlocks());
    assertEquals(ReportMaker.digest("snapshot"), report.snapshot());
    assertEquals(3, report.teeClock().orElseThrow().resetCount());
  }

  @Test
  void anEnrolmentChangesNeitherDigestNorSignature() throws Exception {
    SignedReport report = maker.sign(tpm);
    SignedReport enrolled = SignedReport.parse(report.withEnrolment(new byte[] {7}).encoded());
    assertEquals(report.digest(), enrolled.digest());
    assertArrayEquals(new byte[] {7}, enrolled.enrolment().orElseThrow());
    assertTrue(enrolled.isSignedBy(tpm.signingKey.getPublic()));
    assertArrayEquals(report.keyEvidence().orElseThrow(), enrolled.keyEvidence().orElseThrow());
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] encoded = maker.sign(tpm).encoded();
    for (int size = 0; size < encoded.length; size++) {
      byte[] cut = Arrays.copyOf(encoded, size);
      assertThrows(MalformedReportException.class, () -> SignedReport.parse(cut));
    }
  }

  @Test
  void unknownAndMissingClaimsAreRefused() {
    assertTrue(refusal(c -> c.Add(99, 1)).contains("does not belong"));
    assertTrue(refusal(c -> measured(c).Add(99, 1)).contains("does not belong"));
    assertTrue(refusal(c -> c.Remove(key(6))).contains("no entry 6"));
    assertTrue(refusal(c -> measured(c).Remove(key(8))).contains("no entry 8"));
    assertTrue(refusal(c -> host(c).Remove(key(1))).contains("no entry 1"));
  }

  @Test
  void claimsOfTheWrongShapeAreRefused() {
    assertTrue(refusal(c -> c.Set(key(265), "tag:other")).contains("is not tag:vmattest.io"));
    assertTrue(refusal(c -> c.Set(key(10), new byte[7])).contains("not 8 to 64"));
    assertTrue(refusal(c -> c.Set(key(10), new byte[65])).contains("not 8 to 64"));
    assertTrue(refusal(c -> c.Set(key(6), -1)).contains("is negative"));
    assertTrue(refusal(c -> measured(c).Set(key(2), "asleep")).contains("no mode of a capture"));
    assertTrue(refusal(c -> measured(c).Set(key(8), new byte[31])).contains("not exactly 32"));
    assertTrue(refusal(c -> host(c).Set(key(6), 0)).contains("start at 1"));
    assertTrue(refusal(c -> host(c).Set(key(1), new byte[15])).contains("not exactly 16"));
  }

  @Test
  void componentsOutOfOrderAreRefused() {
    String refusal =
        refusal(
            c -> {
              CBORObject list = measured(c).get(key(4));
              CBORObject first = list.get(0);
              list.Set(0, list.get(1)).Set(1, first);
            });
    assertTrue(refusal.contains("order of names"), refusal);
  }

  @Test
  void theHostMayNotSpeakForTheModule() {
    maker.hostComponents.put("memory", new byte[] {1});
    byte[] encoded = ReportMaker.sign(tpm, maker.claims()).encoded();
    var e = assertThrows(MalformedReportException.class, () -> SignedReport.parse(encoded));
    assertTrue(String.valueOf(e.getMessage()).contains("by the module and by the host"));
  }

  @Test
  void anotherAlgorithmOfDigestsIsRefused() {
    String refusal = refusal(c -> measured(c).get(key(4)).get(0).Set(1, -44));
    assertTrue(refusal.contains("SHA-256"), refusal);
  }

  @Test
  void measuredClaimsAreReadWithoutASignature() throws Exception {
    MeasuredClaims claims = MeasuredClaimsDecoder.decode(measured(maker.claims()).EncodeToBytes());
    assertEquals(4, claims.components().size());
    assertEquals(ReportMaker.digest("snapshot"), claims.snapshot());
    assertThrows(
        MalformedReportException.class, () -> MeasuredClaimsDecoder.decode(new byte[] {0}));
  }

  @Test
  void theRenderingSaysWhoSaysWhat() {
    SignedReport report = maker.sign(tpm);
    var json = ReportJson.of(report);
    assertEquals(report.digest().hex(), json.getString("digest"));
    var config = json.getJsonArray("components").getJsonObject(0);
    assertEquals("config", config.getString("name"));
    assertEquals("host", config.getString("origin"));
    assertEquals("live", json.getString("mode"));
  }

  @Test
  void namesAreOrderedByBytesNotByCharacters() {
    assertTrue(NameOrder.BYTEWISE.compare("\uff21", "\ud83d\ude00") < 0);
    assertTrue("\uff21".compareTo("\ud83d\ude00") > 0);
  }

  /** A vCPU with the names and sizes of what the module reads from an x86-64 guest. */
  private static Map<String, byte[]> allRegisters() {
    Map<String, byte[]> registers = ReportMaker.registers();
    for (String name :
        "RAX RCX RDX RBX RSP RBP RSI RDI RFLAGS CR2 CR3 STAR CSTAR FMASK".split(" ")) {
      registers.put(name, ReportMaker.u64(-1));
    }
    for (String name :
        "KERNELGSBASE PAT SYSENTER_CS SYSENTER_ESP SYSENTER_EIP MXCSR HLT".split(" ")) {
      registers.put(name, ReportMaker.u64(-1));
    }
    for (String segment : "ES CS SS DS FS GS LDTR TR".split(" ")) {
      for (String part : "selector base limit flags".split(" ")) {
        registers.put(segment + "." + part, ReportMaker.u64(-1));
      }
    }
    for (int i = 0; i < 16; i++) {
      registers.put("R" + i, ReportMaker.u64(-1));
      registers.put("XMM" + i + ".low", ReportMaker.u64(-1));
      registers.put("XMM" + i + ".high", ReportMaker.u64(-1));
    }
    return registers;
  }

  @Test
  void asManyVcpusAsAreAllowedFitIntoAReport() throws Exception {
    ReportMaker maker = new ReportMaker();
    maker.vcpus.clear();
    maker.vcpus.addAll(Collections.nCopies(MeasuredClaimsDecoder.MAX_VCPUS, allRegisters()));
    for (int i = 0; i < MeasuredClaimsDecoder.MAX_VCPUS; i++) {
      maker.devices.add(new AttestationReport.Device("apic", i, 3, ReportMaker.digest("apic")));
    }
    SignedReport report = maker.sign(new StandInTpm());
    assertEquals(MeasuredClaimsDecoder.MAX_VCPUS, report.report().vcpus().size());

    maker.vcpus.add(allRegisters());
    CBORObject claims = maker.claims();
    byte[] more = ReportMaker.sign(new StandInTpm(), claims).encoded();
    assertTrue(more.length <= SignedReport.MAX_SIZE);
    assertThrows(MalformedReportException.class, () -> SignedReport.parse(more));
  }
}
