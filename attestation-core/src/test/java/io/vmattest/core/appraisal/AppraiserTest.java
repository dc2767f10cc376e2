// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.AttestationReport.Device;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AppraiserTest {
  private static final StandInTpm TPM = new StandInTpm();
  private final ReportMaker before = new ReportMaker();
  private final ReportMaker now = new ReportMaker();
  private Optional<PageDifferences> pages = Optional.empty();
  private Optional<String> oldConfig = Optional.empty();
  private Optional<String> newConfig = Optional.empty();

  private AppraisalResult appraise() {
    return appraise(AppraisalPolicy.DEFAULT);
  }

  private AppraisalResult appraise(AppraisalPolicy policy) {
    AttestationReport baseline = before.sign(TPM).report();
    AttestationReport current = now.sign(TPM).report();
    AppraisalResult result =
        Appraiser.appraise(
            new AppraisedState(baseline, oldConfig, Optional.empty()),
            new AppraisedState(current, newConfig, Optional.empty()),
            policy,
            pages);
    assertEquals(result.discrepancies().isEmpty(), result.verdict() == Verdict.VERIFIED);
    return result;
  }

  private Discrepancy only(AppraisalResult result) {
    assertEquals(1, result.discrepancies().size(), result.toString());
    return result.discrepancies().get(0);
  }

  private void suspended() {
    before.mode = "suspended";
    now.mode = "suspended";
  }

  private void ram(String content) {
    now.ramBlocks.set(1, new RamBlock("pc.ram", 0x1000_0000, ReportMaker.digest(content)));
  }

  private void configs(String old, String changed) {
    oldConfig = Optional.of(old);
    newConfig = Optional.of(changed);
    before.hostComponents.put("config", old.getBytes(StandardCharsets.UTF_8));
    now.hostComponents.put("config", changed.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void equalReportsAreVerified() {
    assertEquals(Verdict.VERIFIED, appraise().verdict());
    suspended();
    assertEquals(Verdict.VERIFIED, appraise().verdict());
  }

  @Test
  void aRunningGuestMayChangeItsMemory() {
    ram("changed");
    assertEquals(Verdict.VERIFIED, appraise().verdict());
  }

  @Test
  void aStandingGuestMayNot() {
    suspended();
    ram("changed");
    Discrepancy d = only(appraise());
    assertEquals("memory", d.component());
    assertEquals("pc.ram", d.subject());
    assertTrue(d.explanation().contains("no list"), d.explanation());
  }

  @Test
  void theModeOfTheCurrentReportDecides() {
    before.mode = "suspended";
    ram("changed");
    assertEquals(Verdict.VERIFIED, appraise().verdict());
  }

  @Test
  void pagesAreNamedByGuestPhysicalAddress() {
    suspended();
    ram("changed");
    pages = Optional.of(new PageDifferences(List.of(new PageRun("pc.ram", 0x5000, 2)), 2));
    Discrepancy d = only(appraise());
    assertEquals(OptionalLong.of(0x5000), d.guestPhysicalAddress());
    assertEquals(OptionalLong.of(8192), d.length());
    assertEquals(Optional.of("pc.ram"), d.block());
    assertTrue(d.explanation().contains("0x5000"), d.explanation());
  }

  @Test
  void pagesThatAreNotListedAreCounted() {
    suspended();
    ram("changed");
    pages = Optional.of(new PageDifferences(List.of(new PageRun("pc.ram", 0, 1)), 10));
    List<Discrepancy> all = appraise().discrepancies();
    assertEquals(2, all.size());
    assertEquals("9 more pages", all.get(1).subject());
  }

  @Test
  void aClearedProtectionBitIsNamed() {
    now.vcpus.get(0).put("CR4", ReportMaker.u64(0x0020_06f0L));
    Discrepancy d = only(appraise());
    assertEquals("cpu/control", d.component());
    assertEquals("vcpu0 CR4", d.subject());
    assertEquals("CR4 bit 20 (SMEP) cleared.", d.explanation());
    assertEquals("0x00000000003006f0", d.expected());
  }

  @Test
  void aMovedSystemCallEntryIsNamed() {
    now.vcpus.get(0).put("LSTAR", ReportMaker.u64(1));
    assertTrue(only(appraise()).explanation().contains("system calls"));
  }

  @Test
  void aControlRegisterIsNotNamedTwice() {
    suspended();
    now.vcpus.get(0).put("CR0", ReportMaker.u64(0x8004_0033L));
    Discrepancy d = only(appraise());
    assertEquals("cpu/control", d.component());
    assertEquals("CR0 bit 16 (WP) cleared.", d.explanation());
  }

  @Test
  void equalRegistersWithAnotherCpuAreToldApart() {
    suspended();
    now.otherCpuState = new byte[] {1};
    Discrepancy d = only(appraise());
    assertEquals("cpu", d.component());
    assertTrue(d.explanation().contains("floating-point"), d.explanation());
  }

  @Test
  void anAddedVcpuIsNamed() {
    now.vcpus.add(ReportMaker.registers());
    Discrepancy d = only(appraise());
    assertEquals("vcpu1", d.subject());
    assertEquals("vCPU 1 was added.", d.explanation());
  }

  @Test
  void devicesAreNamed() {
    suspended();
    now.devices.set(1, new Device("serial", 0, 3, ReportMaker.digest("other")));
    now.devices.add(new Device("i8042", 0, 1, ReportMaker.digest("i8042")));
    List<Discrepancy> all = appraise().discrepancies();
    assertEquals(List.of("serial/0", "i8042/0"), all.stream().map(Discrepancy::subject).toList());
  }

  @Test
  void configurationIsNamedByPath() {
    configs(
        "<domain><memory unit='KiB'>1</memory><devices><disk><target dev='vda'/></disk>"
            + "</devices></domain>",
        "<domain><memory unit='KiB'>2</memory><devices><disk><target dev='vdb'/></disk>"
            + "<hostdev mode='subsystem'/></devices></domain>");
    List<Discrepancy> all = appraise().discrepancies();
    assertEquals(
        List.of("/domain/memory", "/domain/devices/disk/target/@dev", "/domain/devices/hostdev"),
        all.stream().map(Discrepancy::subject).toList());
    assertEquals("vda", all.get(1).expected());
    assertEquals("vdb", all.get(1).actual());
    assertEquals("<hostdev mode='subsystem'>", all.get(2).actual());
  }

  @Test
  void anInsertedSiblingAloneIsNamed() {
    configs("<d><a n='1'/><a n='2'/></d>", "<d><a n='1'/><a n='9'/><a n='2'/></d>");
    Discrepancy d = only(appraise());
    assertEquals("/d/a[2]", d.subject());
    assertEquals("absent", d.expected());
  }

  @Test
  void aTextThatWasNotAttestedIsNotBelieved() {
    configs("<d n='1'/>", "<d n='2'/>");
    newConfig = Optional.of("<d n='1'/>");
    Discrepancy d = only(appraise());
    assertEquals("config", d.subject());
    assertTrue(d.explanation().contains("not at hand"), d.explanation());
  }

  @Test
  void hostileConfigurationIsNotRead() {
    String bomb = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><d>&x;</d>";
    configs("<d/>", bomb);
    Discrepancy d = only(appraise());
    assertTrue(d.explanation().contains("cannot be compared"), d.explanation());
    configs("<d/>", "<d>".repeat(50_000) + "</d>".repeat(50_000));
    assertTrue(only(appraise()).explanation().contains("cannot be compared"));
  }

  @Test
  void aComponentThatCameOrWentIsNamed() {
    suspended();
    now.hostComponents.put("disk/vda", new byte[] {1});
    Discrepancy d = only(appraise());
    assertEquals("disk/vda", d.subject());
    assertEquals("absent", d.expected());
    before.hostComponents.put("disk/vda", new byte[] {2});
    assertEquals("Component disk/vda differs.", only(appraise()).explanation());
  }

  @Test
  void whatIsReadOutOfMemoryIsNoPartOfEverything() {
    suspended();
    now.hostComponents.put("kernel/text", new byte[] {1});
    assertEquals(List.of(), appraise().discrepancies());
    var policy = new AppraisalPolicy(Set.of(), Set.of("kernel/text"));
    assertEquals("kernel/text", only(appraise(policy)).subject());
  }

  @Test
  void aPolicyThatWantsWhatNobodyHasIsNotMet() {
    var policy = new AppraisalPolicy(Set.of("kernel/text"), Set.of());
    assertTrue(only(appraise(policy)).explanation().startsWith("Neither report"));
  }

  @Test
  void thePcMapHasItsHoleBelowFourGib() {
    GuestPhysicalMap small = GuestPhysicalMap.of("pc-q35-7.2", 0x1000_0000L);
    assertEquals(OptionalLong.of(0xfff_f000L), small.address("pc.ram", 0xfff_f000L));
    assertEquals(OptionalLong.empty(), small.address("pc.ram", 0x1000_0000L));
    assertEquals(OptionalLong.empty(), small.address("pc.bios", 0));
    GuestPhysicalMap q35 = GuestPhysicalMap.of("pc-q35-7.2", 0x1_0000_0000L);
    assertEquals(OptionalLong.of(0x1_0000_0000L), q35.address("pc.ram", 0x8000_0000L));
    GuestPhysicalMap pc = GuestPhysicalMap.of("pc-i440fx-7.2", 0x1_0000_0000L);
    assertEquals(OptionalLong.of(0xbfff_f000L), pc.address("pc.ram", 0xbfff_f000L));
    assertEquals(OptionalLong.of(0x1_0000_0000L), pc.address("pc.ram", 0xc000_0000L));
  }

  @Test
  void aRunAcrossTheHoleIsTwo() {
    suspended();
    long size = 0x1_0000_0000L;
    before.ramBlocks.set(1, new RamBlock("pc.ram", size, ReportMaker.digest("a")));
    now.ramBlocks.set(1, new RamBlock("pc.ram", size, ReportMaker.digest("b")));
    pages = Optional.of(new PageDifferences(List.of(new PageRun("pc.ram", 0x7fff_f000L, 3)), 3));
    List<Discrepancy> all = appraise().discrepancies();
    assertEquals(
        List.of(OptionalLong.of(0x7fff_f000L), OptionalLong.of(0x1_0000_0000L)),
        all.stream().map(Discrepancy::guestPhysicalAddress).toList());
    assertEquals(OptionalLong.of(8192), all.get(1).length());
  }
}
