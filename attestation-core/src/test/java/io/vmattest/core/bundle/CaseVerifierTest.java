// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.verification.ReportVerification.Outcome;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaseVerifierTest {
  private final MadeCase made = new MadeCase();

  private Optional<Reason> reason(CaseBundle bundle) {
    return CaseVerifier.verify(bundle, made.trust()).failure().map(CaseClaim.Fails::reason);
  }

  private void assertRefused(Reason reason, CaseBundle bundle) {
    assertEquals(Optional.of(reason), reason(bundle));
  }

  @Test
  void aGenuineBundleHoldsAfterItsWayThroughAZipFile() throws Exception {
    CaseBundle bundle = made.bundle();
    CaseVerification verified = CaseVerifier.verify(CaseBundle.ofZip(bundle.zip()), made.trust());
    assertEquals(Optional.empty(), verified.failure());
    assertEquals(Outcome.VERIFIED, verified.outcome());
    assertEquals(4, verified.contents().orElseThrow().reports().size());
    assertArrayEquals(bundle.zip(), bundle.zip());
  }

  @Test
  void withoutAnchorsTheReportsKeysStayUnchecked() throws Exception {
    CaseTrust trust = made.trust();
    CaseTrust blind =
        new CaseTrust(
            trust.results(),
            trust.log(),
            new TrustAnchors(List.of(), List.of(), List.of()),
            trust.at(),
            trust.core());
    assertEquals(Outcome.UNDECIDED, CaseVerifier.verify(made.bundle(), blind).outcome());
  }

  @Test
  void anyFileThatIsChangedCutRemovedOrAddedIsRefused() throws Exception {
    CaseBundle bundle = made.bundle();
    for (String name : bundle.files().keySet()) {
      byte[] file = bundle.file(name).orElseThrow();
      assertRefused(Reason.FILE_DIGEST, with(bundle, name, MadeCase.flipped(file)));
      assertRefused(Reason.FILE_SIZE, with(bundle, name, Arrays.copyOf(file, file.length - 1)));
      Map<String, byte[]> fewer = new HashMap<>(bundle.files());
      fewer.remove(name);
      assertRefused(Reason.FILE_MISSING, new CaseBundle(bundle.manifest(), fewer));
      CaseBundle unaware = new CaseBundle(made.resigned(fewer).manifest(), bundle.files());
      assertRefused(Reason.FILE_UNLISTED, unaware);
    }
  }

  private static CaseBundle with(CaseBundle bundle, String name, byte[] bytes) {
    Map<String, byte[]> files = new HashMap<>(bundle.files());
    files.put(name, bytes);
    return new CaseBundle(bundle.manifest(), files);
  }

  @Test
  void anyFileThatTheVerifierItselfReplacesIsRefusedByWhatItShows() throws Exception {
    CaseBundle bundle = made.bundle();
    for (String name : bundle.files().keySet()) {
      Map<String, byte[]> files = new HashMap<>(bundle.files());
      files.put(name, "{}".getBytes(UTF_8));
      assertTrue(reason(made.resigned(files)).isPresent(), name);
      files.remove(name);
      boolean optional = name.equals(CaseFile.DIFFERENCES);
      assertEquals(!optional, reason(made.resigned(files)).isPresent(), name);
    }
  }

  /** Changes one field of the manifest's JSON and keeps the signature. */
  @ParameterizedTest
  @CsvSource({"profile", "index", "entry", "vm", "outcome", "name", "mediaType", "size", "sha256"})
  void anyFieldOfTheManifestThatIsChangedIsRefused(String field) throws Exception {
    CaseBundle bundle = made.bundle();
    CoseSign1 message = CoseSign1.parse(bundle.manifest(), 1 << 16);
    String json = new String(message.payload(), UTF_8);
    String all = new String(bundle.manifest(), ISO_8859_1);
    int value = json.indexOf("\"" + field + "\":") + field.length() + 4;
    assertTrue(value > field.length() + 4, json);
    byte[] changed = bundle.manifest();
    changed = changed.clone();
    changed[all.indexOf(json) + value] ^= 1;
    assertRefused(Reason.MANIFEST_SIGNATURE, new CaseBundle(changed, bundle.files()));
  }

  @Test
  void aManifestThatTheVerifierSignedOfAnotherCaseIsRefused() throws Exception {
    CaseBundle bundle = made.bundle();
    CaseManifest good = SignedManifest.open(bundle.manifest(), made.trust().results());
    Map<Reason, CaseManifest> others =
        Map.of(
            Reason.OTHER_CASE,
            new CaseManifest(0, good.entry(), good.vm(), good.outcome(), good.files()),
            Reason.OTHER_VM,
            new CaseManifest(
                good.index(), good.entry(), new UUID(1, 2), good.outcome(), good.files()));
    others.forEach(
        (reason, manifest) ->
            assertRefused(reason, new CaseBundle(made.sign(manifest), bundle.files())));
    Digest digest = Digest.sha256(new byte[1]);
    assertRefused(
        Reason.OTHER_CASE,
        new CaseBundle(
            made.sign(
                new CaseManifest(good.index(), digest, good.vm(), good.outcome(), good.files())),
            bundle.files()));
    assertRefused(
        Reason.OTHER_CASE,
        new CaseBundle(
            made.sign(
                new CaseManifest(
                    good.index(), good.entry(), good.vm(), "ROLLBACK_FAILED", good.files())),
            bundle.files()));
  }

  @Test
  void keysThatAreNotKnownVouchForNothing() throws Exception {
    MadeCase other = new MadeCase();
    CaseTrust mine = made.trust();
    CaseTrust theirs = other.trust();
    CaseBundle bundle = made.bundle();
    Map<Reason, CaseTrust> strange =
        Map.of(
            Reason.MANIFEST_KEY,
            new CaseTrust(theirs.results(), mine.log(), mine.anchors(), mine.at(), mine.core()),
            Reason.CHECKPOINT_SIGNATURE,
            new CaseTrust(mine.results(), theirs.log(), mine.anchors(), mine.at(), mine.core()),
            Reason.REPORT_FALSE,
            new CaseTrust(mine.results(), mine.log(), theirs.anchors(), mine.at(), mine.core()));
    strange.forEach(
        (reason, trust) ->
            assertEquals(
                Optional.of(reason),
                CaseVerifier.verify(bundle, trust).failure().map(CaseClaim.Fails::reason)));
  }

  @Test
  void reportsThatTheEntryDoesNotNameAreRefused() throws Exception {
    made.rollback("ROLLBACK", CasePart.OBSERVED);
    assertRefused(Reason.OTHER_REPORT, made.sign(made.writer(), "ROLLBACK"));
  }

  @Test
  void aVerdictOnAnotherReportIsRefused() throws Exception {
    made.bodies.put(CasePart.VERDICT, made.result(Verdict.VERIFIED, CasePart.SUSPECT));
    assertRefused(Reason.OTHER_REPORT, made.bundle());
  }

  @Test
  void aVerdictThatIsNoneIsRefused() throws Exception {
    made.bodies.put(CasePart.VERDICT, made.result(Verdict.DISCREPANT, CasePart.RESTORED));
    assertRefused(Reason.OTHER_VERDICT, made.bundle());
  }

  @Test
  void anEntryOfAnotherVmIsRefused() throws Exception {
    made.entryVm = new UUID(3, 4);
    assertRefused(Reason.OTHER_VM, made.bundle());
  }

  @Test
  void differencesOfOtherReportsAreRefused() throws Exception {
    byte[] swapped =
        new String(made.differences(), UTF_8).replace("first", "third").getBytes(UTF_8);
    assertRefused(
        Reason.OTHER_REPORT, made.sign(made.writer().addDifferences(swapped), "ROLLBACK"));
  }

  @Test
  void aFailedRollbackIsACaseOfItsTargetAndWhatWasFound() throws Exception {
    made.failedEarly();
    assertRefused(Reason.OTHER_CASE, made.sign(made.writer(), "ROLLBACK_FAILED"));
    List.of(CasePart.SUSPECT, CasePart.RESTORED, CasePart.VERDICT).forEach(made.bodies::remove);
    assertEquals(Optional.empty(), reason(made.sign(made.writer(), "ROLLBACK_FAILED")));
  }

  @Test
  void aFailedRollbacksSuspectIsItsEvidenceToo() throws Exception {
    made.rollback("ROLLBACK_FAILED", CasePart.SUSPECT);
    made.bodies.remove(CasePart.VERDICT);
    CaseWriter writer = made.writer().addDifferences(made.differences());
    assertEquals(Optional.empty(), reason(made.sign(writer, "ROLLBACK_FAILED")));
    made.bodies.remove(CasePart.SUSPECT);
    assertRefused(Reason.PART_INCOMPLETE, made.sign(made.writer(), "ROLLBACK_FAILED"));
  }

  @Test
  void aVerdictWithDiscrepanciesIsACaseWhateverWasDone() throws Exception {
    made.onlyFound();
    CaseWriter writer = made.writer().addDifferences(made.differences(CasePart.OBSERVED));
    CaseVerification verified = CaseVerifier.verify(made.sign(writer, "DISCREPANT"), made.trust());
    assertEquals(Outcome.VERIFIED, verified.outcome(), verified::toString);
    assertRefused(
        Reason.OTHER_REPORT,
        made.sign(writer.addDifferences(made.differences(CasePart.SUSPECT)), "DISCREPANT"));
  }

  @Test
  void aFindingIsNotOfAnotherBaselineNorWithPartsOfARollback() throws Exception {
    assertRefused(Reason.OTHER_CASE, made.sign(made.writer(), "DISCREPANT"));
    made.onlyFound();
    made.report(CasePart.BASELINE, 9);
    assertRefused(Reason.OTHER_REPORT, made.sign(made.writer(), "DISCREPANT"));
    made.bodies.remove(CasePart.BASELINE);
    assertRefused(Reason.PART_INCOMPLETE, made.sign(made.writer(), "DISCREPANT"));
  }

  @Test
  void aVerdictThatFoundNothingIsNoCase() throws Exception {
    made.onlyFound();
    made.bodies.put(CasePart.DISCREPANCIES, made.result(Verdict.VERIFIED, CasePart.OBSERVED));
    assertRefused(Reason.OTHER_VERDICT, made.sign(made.writer(), "DISCREPANT"));
  }

  @Test
  void theMadeCaseHasEveryPart() {
    assertEquals(CasePart.values().length, made.entries().size());
    assertEquals(
        Optional.of(ReportMaker.VM),
        made.entries().values().stream().findFirst().flatMap(LedgerEntryData::vm));
  }
}
