// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.verification.ReportVerification.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CaseVerifierTest {
  private final MadeCase made = new MadeCase();

  private Optional<Reason> reason(CaseBundle bundle) {
    return CaseVerifier.verify(bundle, made.trust()).failure().map(CaseClaim.Fails::reason);
  }

  private void assertRefused(Reason reason, CaseBundle bundle) {
    assertEquals(Optional.of(reason), reason(bundle));
  }

  private static byte[] flipped(byte[] bytes) {
    byte[] other = bytes.clone();
    other[other.length / 2] ^= 1;
    return other;
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
      assertRefused(Reason.FILE_DIGEST, with(bundle, name, flipped(file)));
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
  void memoryThatIsListedIsWantedAndCompared() throws Exception {
    CaseCore core = core(MadeCore.bytes());
    CaseBundle bundle = made.bundleWith(core.file());
    assertEquals(Outcome.UNDECIDED, CaseVerifier.verify(bundle, made.trust()).outcome());
    assertEquals(Outcome.VERIFIED, CaseVerifier.verify(bundle, holding(core)).outcome());
    assertEquals(Optional.of(Reason.FILE_DIGEST), reason(bundle, core(flipped(MadeCore.bytes()))));
    assertEquals(Optional.of(Reason.FILE_SIZE), reason(bundle, core(new byte[3])));
  }

  @Test
  void memoryThatTheReportDoesNotAttestIsRefusedWhoeverListedIt() throws Exception {
    byte[] other = MadeCore.bytes();
    other[MadeCore.MEMORY + 5000] ^= 1;
    for (byte[] bytes : List.of(other, new byte[0], "no core".getBytes(UTF_8))) {
      CaseCore core = core(bytes);
      assertEquals(Optional.of(Reason.MEMORY_FALSE), reason(made.bundleWith(core.file()), core));
    }
  }

  @Test
  void memoryThatIsThereAndNotListedIsRefused() throws Exception {
    assertEquals(Optional.of(Reason.FILE_UNLISTED), reason(made.bundle(), core(MadeCore.bytes())));
  }

  @Test
  void aFailedRollbackWithoutASuspectHasNoMemory() throws Exception {
    made.failedEarly();
    List.of(CasePart.SUSPECT, CasePart.RESTORED, CasePart.VERDICT).forEach(made.bodies::remove);
    CaseWriter writer = made.writer().listCore(core(MadeCore.bytes()).file());
    assertRefused(Reason.PART_INCOMPLETE, made.sign(writer, "ROLLBACK_FAILED"));
  }

  private static CaseCore core(byte[] bytes) throws IOException {
    return CaseCore.read(new ByteArrayInputStream(bytes));
  }

  private Optional<Reason> reason(CaseBundle bundle, CaseCore core) {
    return CaseVerifier.verify(bundle, holding(core)).failure().map(CaseClaim.Fails::reason);
  }

  private CaseTrust holding(CaseCore core) {
    CaseTrust trust = made.trust();
    return new CaseTrust(
        trust.results(), trust.log(), trust.anchors(), trust.at(), Optional.of(core));
  }

  /** What other readers of zip files might see, or write to. */
  enum Packing {
    COMPRESSED(zip -> packed(ZipOutputStream.DEFLATED, CaseFile.DIFFERENCES)),
    PATH(zip -> packed(ZipOutputStream.DEFLATED, "../" + CaseFile.DIFFERENCES)),
    TRAILING(zip -> Arrays.copyOf(zip, zip.length + 1)),
    LEADING(
        zip -> {
          byte[] shifted = new byte[zip.length + 1];
          System.arraycopy(zip, 0, shifted, 1, zip.length);
          return shifted;
        }),
    CUT(zip -> Arrays.copyOf(zip, zip.length - 1)),
    DIRECTORY_CHANGED(
        zip -> {
          byte[] changed = zip.clone();
          changed[changed.length - 30] ^= 1;
          return changed;
        }),
    EMPTY(zip -> new byte[0]);

    private final UnaryOperator<byte[]> change;

    Packing(UnaryOperator<byte[]> change) {
      this.change = change;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aZipFileHasOneForm(Packing packing) throws Exception {
    byte[] zip = packing.change.apply(made.bundle().zip());
    var e = assertThrows(CaseRejectedException.class, () -> CaseBundle.ofZip(zip));
    assertEquals(Reason.PACKAGE, e.reason());
  }

  private static byte[] packed(int method, String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(method);
      zip.putNextEntry(new ZipEntry(CaseBundle.MANIFEST));
      zip.write(1);
      zip.putNextEntry(new ZipEntry(name));
      zip.write(new byte[1000]);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  @Test
  void theMadeCaseHasEveryPart() {
    assertEquals(CasePart.values().length, made.entries().size());
    assertEquals(
        Optional.of(ReportMaker.VM),
        made.entries().values().stream().findFirst().flatMap(LedgerEntryData::vm));
  }
}
