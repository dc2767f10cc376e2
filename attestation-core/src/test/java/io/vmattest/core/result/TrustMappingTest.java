// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Severity;
import io.vmattest.core.appraisal.Verdict;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustMappingTest {
  /**
   * Verdict; what was checked (e: evidence, t: a TPM of its own, k: the kernel's code); components
   * that were compared; discrepancies; status and vector that must come out.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "VERIFIED     | e   | config cpu/control |                    | AFFIRMING |"
            + " instance-identity:2 configuration:2",
        "VERIFIED     | et  | config cpu/control |                    | AFFIRMING |"
            + " instance-identity:2 configuration:2 hardware:2",
        "VERIFIED     | ek  | config cpu/control |                    | AFFIRMING |"
            + " instance-identity:2 configuration:2 executables:-2",
        "VERIFIED     | ek  | config memory cpu  |                    | AFFIRMING |"
            + " instance-identity:2 configuration:2 executables:2",
        "VERIFIED     | e   | cpu/control        |                    | AFFIRMING |"
            + " instance-identity:2",
        "VERIFIED     | e   | config             | INFO:memory        | AFFIRMING |"
            + " instance-identity:2 configuration:2",
        "VERIFIED     | ek  | config             | WARNING:processes  | WARNING |"
            + " instance-identity:2 configuration:2 executables:33",
        "VERIFIED     |     | cpu/control        |                    | NONE |"
            + " configuration:0",
        "DISCREPANT   | e   | config             | CRITICAL:config    | CONTRAINDICATED |"
            + " instance-identity:2 configuration:96",
        "DISCREPANT   | ek  | config cpu/control | CRITICAL:cpu/control | CONTRAINDICATED |"
            + " instance-identity:2 configuration:96 executables:-2",
        "DISCREPANT   | ek  | config             | CRITICAL:kernel/text WARNING:processes |"
            + " CONTRAINDICATED | instance-identity:2 configuration:2 executables:96",
        "DISCREPANT   | e   | memory             | CRITICAL:memory    | CONTRAINDICATED |"
            + " instance-identity:2 executables:96",
        "DISCREPANT   | e   | config             | CRITICAL:vm        | CONTRAINDICATED |"
            + " instance-identity:2 configuration:96",
        "DISCREPANT   | e   | config devices     | CRITICAL:devices   | CONTRAINDICATED |"
            + " instance-identity:2 configuration:96",
        "UNVERIFIABLE | et  |                    |                    | NONE |"
            + " instance-identity:2 configuration:0 executables:0 hardware:2",
        "UNVERIFIABLE |     |                    |                    | NONE |"
            + " configuration:0 executables:0",
        "OVERDUE      |     |                    |                    | WARNING |"
            + " configuration:0 executables:0",
      })
  void eachVerdictSaysWhatWasCheckedAndNothingElse(
      Verdict verdict,
      @Nullable String evidence,
      @Nullable String components,
      @Nullable String discrepancies,
      TrustTier status,
      String vector) {
    String flags = evidence == null ? "" : evidence;
    Checked checked =
        new Checked(
            flags.contains("e"),
            flags.contains("t"),
            Set.copyOf(words(components)),
            flags.contains("k"));
    TrustworthinessVector made =
        TrustMapping.vector(
            verdict,
            checked,
            words(discrepancies).stream().map(TrustMappingTest::discrepancy).toList());
    assertEquals(
        vector,
        new TreeMap<>(made.claims())
            .entrySet().stream()
                .map(claim -> claim.getKey().text() + ":" + claim.getValue())
                .collect(Collectors.joining(" ")));
    assertEquals(status, TrustMapping.status(verdict, made));
  }

  @Test
  void everyValueOfAClaimLiesInTheTierThatAr4siGivesIt() {
    assertEquals(Set.of(TrustTier.NONE), tiers(-1, 1));
    assertEquals(Set.of(TrustTier.AFFIRMING), tiers(2, 31));
    assertEquals(Set.of(TrustTier.AFFIRMING), tiers(-32, -2));
    assertEquals(Set.of(TrustTier.WARNING), tiers(32, 95));
    assertEquals(Set.of(TrustTier.WARNING), tiers(-96, -33));
    assertEquals(Set.of(TrustTier.CONTRAINDICATED), tiers(96, 127));
    assertEquals(Set.of(TrustTier.CONTRAINDICATED), tiers(-128, -97));
  }

  @Test
  void labelsNamesAndCodesAreThoseOfTheDraft() {
    assertEquals(
        "instance-identity configuration executables file-system hardware runtime-opaque"
            + " storage-opaque sourced-data",
        Stream.of(TrustClaim.values()).map(TrustClaim::text).collect(Collectors.joining(" ")));
    assertEquals(
        List.of(2, 0, 32, 96), Stream.of(TrustTier.values()).map(TrustTier::code).toList());
  }

  private static Set<TrustTier> tiers(int first, int last) {
    return IntStream.rangeClosed(first, last)
        .mapToObj(TrustTier::ofClaim)
        .collect(Collectors.toSet());
  }

  private static List<String> words(@Nullable String text) {
    return text == null || text.isBlank() ? List.of() : List.of(text.strip().split(" "));
  }

  private static Discrepancy discrepancy(String word) {
    String[] parts = word.split(":");
    return TestResults.discrepancy(parts[1], Severity.valueOf(parts[0]), "s");
  }
}
