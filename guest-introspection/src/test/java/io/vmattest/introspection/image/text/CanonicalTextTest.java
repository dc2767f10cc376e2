// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.patch.PatchSite;
import io.vmattest.introspection.image.testing.TestKernel;
import io.vmattest.introspection.image.vmlinux.KernelImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalTextTest {
  private static final long KASLR_OFFSET = 0x1e400000L;

  private final KernelImage image;
  private final CanonicalText text;
  private final byte[] live;

  CanonicalTextTest() throws Exception {
    image = TestKernel.image(14);
    text = CanonicalText.of(image);
    live = image.loaded(text.address(), text.length(), KASLR_OFFSET);
  }

  private TextFindings compare() throws Exception {
    return text.compare(live, KASLR_OFFSET);
  }

  private void put(int at, String hex) {
    byte[] code = HexFormat.of().parseHex(hex);
    System.arraycopy(code, 0, live, at, code.length);
  }

  private void branch(int at, int opcode, int target) {
    live[at] = (byte) opcode;
    ByteBuffer.wrap(live).order(ByteOrder.LITTLE_ENDIAN).putInt(at + 1, target - at - 5);
  }

  private void assertClean() throws Exception {
    TextFindings findings = compare();
    assertTrue(findings.isClean(), findings.toString());
    assertEquals(text.digest(), findings.digest());
  }

  private void assertBadSite(int at) throws Exception {
    TextFindings findings = compare();
    assertEquals(
        List.of(TestKernel.TEXT + at),
        findings.badSites().stream().map(site -> site.address()).toList());
    assertEquals(text.digest(), findings.digest(), "a site is no part of the digest");
    assertFalse(findings.isClean());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 0x200000, 0x1e400000, 0x3fe00000})
  void theDigestIsTheSameWhereverTheKernelIsLoaded(long kaslrOffset) throws Exception {
    byte[] moved = image.loaded(text.address(), text.length(), kaslrOffset);
    TextFindings findings = text.compare(moved, kaslrOffset);
    assertTrue(findings.isClean(), findings.toString());
    assertEquals(text.digest(), findings.digest());
  }

  @Test
  void anotherKaslrOffsetThanTheTrueOneIsNotExplained() throws Exception {
    TextFindings findings = text.compare(live, 0);
    assertEquals(
        TestKernel.TEXT + TestKernel.RELOCATED, findings.unexplained().get(0).start() & -4);
    assertFalse(text.digest().equals(findings.digest()));
  }

  @Test
  void aChangedByteIsFoundByItsAddress() throws Exception {
    live[0x90] ^= 1;
    live[0x91] ^= 1;
    TextFindings findings = compare();
    assertEquals(2, findings.unexplainedBytes());
    assertEquals(List.of(new AddressRange(TestKernel.TEXT + 0x90, 2)), findings.unexplained());
    assertFalse(text.digest().equals(findings.digest()));
    assertEquals(0, findings.badSiteCount());
  }

  @Test
  void textOfAnotherLengthIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> text.compare(new byte[8], 0));
  }

  @Test
  void aSiteOfEachKindIsFound() {
    assertEquals(15, text.sites().inText().size());
    assertEquals(11, text.sites().inText().stream().map(Object::getClass).distinct().count());
    assertEquals(8 + 7 + 6 + 7 + 5 + 5 + 1 + 4 + 5 + 5 + 5 + 5 + 8 + 8, text.maskedBytes());
  }

  @Test
  void entriesOfAlternativesHaveTheSizeAtWhichTheyMakeSense() throws Exception {
    CanonicalText older = CanonicalText.of(TestKernel.image(12));
    assertEquals(addresses(text), addresses(older));
  }

  private static List<Long> addresses(CanonicalText text) {
    return text.sites().inText().stream().map(PatchSite::address).toList();
  }

  @Test
  void aReplacementMovedToItsSiteIsAllowed() throws Exception {
    branch(TestKernel.ALTERNATIVE, 0xe8, TestKernel.TRACER);
    put(TestKernel.ALTERNATIVE + 5, "0f1f00");
    assertClean();
  }

  @Test
  void aReplacementThatCallsElsewhereIsNot() throws Exception {
    branch(TestKernel.ALTERNATIVE, 0xe8, TestKernel.TRACER + 1);
    put(TestKernel.ALTERNATIVE + 5, "0f1f00");
    assertBadSite(TestKernel.ALTERNATIVE);
  }

  @ParameterizedTest
  @CsvSource({
    TestKernel.ALTERNATIVE + 5 + ",0f1f00", // longer nops
    TestKernel.ALTERNATIVE + 5 + ",669090",
    TestKernel.ALTERNATIVE + 5 + ",909090",
    TestKernel.PARAVIRT + ",0f1f8000000000", // nothing to be called
    TestKernel.RETURN + ",c3cccccccc",
    TestKernel.RETPOLINE + ",41ffd06690", // call *%r8
    TestKernel.LOCK + ",3e",
    TestKernel.ENDBR + ",660f1f00",
    TestKernel.JUMP_LABEL + ",e96b000000", // to its target
    TestKernel.STATIC_CALL + ",0f1f440000",
    TestKernel.STATIC_CALL + ",2e2e2e31c0", // no function, and 0 for its result
    TestKernel.TRAMPOLINE + ",c3cccccccc",
    TestKernel.TRACE + ",0f1f440000",
  })
  void whatTheKernelItselfWritesIsAllowed(int at, String hex) throws Exception {
    put(at, hex);
    assertClean();
  }

  @ParameterizedTest
  @CsvSource({
    TestKernel.ALTERNATIVE + ",0f1f440000",
    TestKernel.ALTERNATIVE + ",eb06cccccccccccc",
    TestKernel.PARAVIRT + ",e8000000000f1f",
    TestKernel.RETURN + ",c390909090",
    TestKernel.RETURN + ",e900000000",
    TestKernel.RETPOLINE + ",ffd00f1f00", // call *%rax
    TestKernel.RETPOLINE + ",41ffe06690", // jmp *%r8
    TestKernel.LOCK + ",90",
    TestKernel.ENDBR + ",90909090",
    TestKernel.JUMP_LABEL + ",e96c000000", // past its target
    TestKernel.STATIC_CALL + ",e800000000",
    TestKernel.TRAMPOLINE + ",e900000000",
    TestKernel.TRACE + ",e800000000",
  })
  void aHookWithinASiteIsFound(int at, String hex) throws Exception {
    put(at, hex);
    assertBadSite(at);
  }

  @Test
  void callsOfTheKernelsOwnFunctionsAreAllowedWhereCallsAreDirected() throws Exception {
    branch(TestKernel.STATIC_CALL, 0xe8, TestKernel.FUNCTION);
    branch(TestKernel.TRAMPOLINE, 0xe9, TestKernel.TRACER);
    branch(TestKernel.PARAVIRT, 0xe8, TestKernel.FUNCTION);
    put(TestKernel.PARAVIRT + 5, "6690");
    assertClean();
  }

  @Test
  void staticCallsMayLeadToTheFunctionsOfModulesThatAreLoaded() throws Exception {
    int function = 0x100000;
    branch(TestKernel.STATIC_CALL, 0xe8, function);
    branch(TestKernel.TRAMPOLINE, 0xe9, function);
    LongPredicate loaded = address -> address == TestKernel.TEXT + function;
    assertTrue(text.compare(live, KASLR_OFFSET, loaded).isClean());
    assertEquals(2, compare().badSiteCount(), "once the module is gone");
    branch(TestKernel.STATIC_CALL, 0xe8, function + 1);
    assertEquals(1, text.compare(live, KASLR_OFFSET, loaded).badSiteCount());
  }

  @Test
  void otherCallsMayNotLeadToModules() throws Exception {
    int function = 0x100000;
    branch(TestKernel.PARAVIRT, 0xe8, function);
    put(TestKernel.PARAVIRT + 5, "6690");
    assertEquals(1, text.compare(live, KASLR_OFFSET, address -> true).badSiteCount());
  }

  @Test
  void sitesWithinTheInstructionsThatAnAlternativeLeavesArePatchedToo() throws Exception {
    put(TestKernel.WITHIN + 2, "c3cccccccc");
    assertClean();
    put(TestKernel.WITHIN, "9090");
    assertBadSite(TestKernel.WITHIN);
  }

  @Test
  void anIndirectCallMayBecomeADirectOneOrNothing() throws Exception {
    branch(TestKernel.DIRECT, 0xe8, TestKernel.FUNCTION);
    put(TestKernel.DIRECT + 5, "90");
    assertClean();
    put(TestKernel.DIRECT, "660f1f440000");
    assertClean();
    branch(TestKernel.DIRECT, 0xe8, TestKernel.FUNCTION + 1);
    assertBadSite(TestKernel.DIRECT);
  }

  @Test
  void allSitesOfAConstantHoldTheSame() throws Exception {
    put(TestKernel.CONSTANT_A, "0011223344556677");
    put(TestKernel.CONSTANT_B, "0011223344556677");
    assertClean();
    put(TestKernel.CONSTANT_B, "0011223344556678");
    assertBadSite(TestKernel.CONSTANT_B);
  }
}
