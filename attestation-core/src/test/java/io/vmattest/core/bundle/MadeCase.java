// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import static io.vmattest.core.json.JsonImplementation.JSON;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.AttestationResult;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.VerifierId;
import io.vmattest.core.result.VmResult;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.TlogProof;
import jakarta.json.JsonObjectBuilder;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A rollback with everything that shows it, signed by keys of a test. */
public final class MadeCase {
  static final String ORIGIN = "log.example/vmattest";

  final KeyPair results = TestCertificates.p256();
  final KeyPair log = TestCertificates.p256();
  final StandInTpm tpm = new StandInTpm();
  final TestCertificates.Identity enroller = TestCertificates.selfSigned("Enroller");

  /** In the order of the ledger; what is put here is what will be in it. */
  final Map<CasePart, byte[]> bodies = new EnumMap<>(CasePart.class);

  final Map<CasePart, SignedReport> reports = new EnumMap<>(CasePart.class);
  UUID entryVm = ReportMaker.VM;

  public MadeCase() {
    long sequence = 1;
    for (CasePart part :
        List.of(CasePart.BASELINE, CasePart.OBSERVED, CasePart.SUSPECT, CasePart.RESTORED)) {
      report(part, sequence++);
    }
    bodies.put(CasePart.DISCREPANCIES, result(Verdict.DISCREPANT, CasePart.OBSERVED));
    bodies.put(CasePart.VERDICT, result(Verdict.VERIFIED, CasePart.RESTORED));
    rollback("ROLLBACK", CasePart.SUSPECT);
  }

  void report(CasePart part, long sequence) {
    ReportMaker maker = new ReportMaker();
    maker.sequence = sequence;
    maker.ramBlocks = List.of(MadeCore.block());
    SignedReport bare = maker.sign(tpm);
    SignedReport report = bare.withEnrolment(enrolment(bare));
    reports.put(part, report);
    bodies.put(part, report.encoded());
  }

  private byte[] enrolment(SignedReport report) {
    try {
      return Enrolment.issue(
          KeyEvidence.parse(report.keyEvidence().orElseThrow()),
          TestCertificates.VALID_AT,
          enroller.certificate(),
          Es256.signer(enroller.key().getPrivate()));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T of(Map<CasePart, T> parts, CasePart part) {
    return Optional.ofNullable(parts.get(part)).orElseThrow();
  }

  String digest(CasePart part) {
    return of(reports, part).digest().hex();
  }

  void rollback(String outcome, CasePart suspect) {
    end(
        JSON.createObjectBuilder()
            .add("outcome", outcome)
            .add("report", digest(CasePart.BASELINE))
            .add("suspect", digest(suspect))
            .add("restored", digest(CasePart.RESTORED)));
  }

  /** That it failed before anything was captured. */
  void failedEarly() {
    end(
        JSON.createObjectBuilder()
            .add("outcome", CaseManifest.ROLLBACK_FAILED)
            .add("report", digest(CasePart.BASELINE)));
  }

  private void end(JsonObjectBuilder body) {
    bodies.put(CasePart.CASE, body.build().toString().getBytes(UTF_8));
  }

  /** Nothing was done about the discrepancies. */
  void onlyFound() {
    List.of(CasePart.SUSPECT, CasePart.RESTORED, CasePart.VERDICT, CasePart.CASE)
        .forEach(bodies::remove);
  }

  byte[] result(Verdict verdict, CasePart on) {
    SignedReport report = of(reports, on);
    VmResult vm =
        new VmResult(
            UUID.randomUUID(),
            ReportMaker.VM,
            verdict,
            TestCertificates.VALID_AT,
            "why",
            Optional.of(of(reports, CasePart.BASELINE).digest()),
            Optional.of(new VmResult.ReportName(report.digest(), report.report().sequence())),
            List.of("config"),
            0,
            0,
            List.of());
    AttestationResult said =
        AttestationResult.of(
            TestCertificates.VALID_AT,
            new VerifierId("a", "b"),
            new Checked(true, false, Set.of("config"), false),
            List.of(),
            List.of(),
            vm);
    try {
      return SignedResult.sign(said, results.getPublic(), Es256.signer(results.getPrivate()))
          .encoded();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static final List<CasePart> ORDER =
      List.of(
          CasePart.BASELINE,
          CasePart.OBSERVED,
          CasePart.DISCREPANCIES,
          CasePart.SUSPECT,
          CasePart.RESTORED,
          CasePart.VERDICT,
          CasePart.CASE);

  Map<CasePart, LedgerEntryData> entries() {
    Map<CasePart, LedgerEntryData> entries = new EnumMap<>(CasePart.class);
    Digest previous = LedgerEntryData.GENESIS;
    long index = 0;
    for (CasePart part : ORDER) {
      if (bodies.containsKey(part)) {
        LedgerEntryData entry =
            new LedgerEntryData(
                index++,
                part.type(),
                TestCertificates.VALID_AT,
                Optional.of(part == CasePart.BASELINE ? entryVm : ReportMaker.VM),
                Digest.sha256(of(bodies, part)),
                previous);
        entries.put(part, entry);
        previous = entry.hash();
      }
    }
    return entries;
  }

  CaseWriter writer() throws Exception {
    Map<CasePart, LedgerEntryData> entries = entries();
    List<Digest> leaves = new ArrayList<>();
    ORDER.stream()
        .filter(entries::containsKey)
        .forEach(part -> leaves.add(MerkleTree.leafHash(of(entries, part).encoded())));
    SignedCheckpoint checkpoint =
        SignedCheckpoint.sign(
            new Checkpoint(ORIGIN, leaves.size(), MerkleTree.root(leaves), List.of()),
            List.of(NoteSigner.ecdsa(ORIGIN, log.getPrivate(), log.getPublic())));
    CaseWriter writer = new CaseWriter();
    for (Map.Entry<CasePart, LedgerEntryData> part : entries.entrySet()) {
      InclusionProof proof = MerkleTree.inclusionProof(leaves, (int) part.getValue().index());
      writer.add(
          part.getKey(),
          part.getValue(),
          of(bodies, part.getKey()),
          TlogProof.of(new byte[0], proof, checkpoint));
      if (part.getKey().isReport()) {
        writer.addKey(part.getKey(), of(reports, part.getKey()));
      }
    }
    return writer;
  }

  byte[] differences() {
    return differences(CasePart.SUSPECT);
  }

  byte[] differences(CasePart state) {
    return ("{\"first\":{\"report\":\"%s\"},\"second\":{\"report\":\"%s\"},\"differingPages\":3}")
        .formatted(digest(state), digest(CasePart.BASELINE))
        .getBytes(UTF_8);
  }

  /** All of it. */
  public CaseBundle bundle() throws Exception {
    return sign(writer().addDifferences(differences()), "ROLLBACK");
  }

  /** The same with the memory of its suspect listed. */
  public CaseBundle bundleWith(CaseFile core) throws Exception {
    return sign(writer().addDifferences(differences()).listCore(core), "ROLLBACK");
  }

  CaseBundle sign(CaseWriter writer, String outcome) throws Exception {
    CasePart subject =
        outcome.equals(CaseManifest.DISCREPANT) ? CasePart.DISCREPANCIES : CasePart.CASE;
    return writer.sign(of(entries(), subject), ReportMaker.VM, outcome, this::sign);
  }

  byte[] sign(CaseManifest manifest) {
    try {
      return SignedManifest.sign(manifest, results.getPublic(), Es256.signer(results.getPrivate()));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** With the manifest that the files would have. */
  CaseBundle resigned(Map<String, byte[]> files) {
    List<CaseFile> listed =
        files.entrySet().stream().map(f -> CaseFile.of(f.getKey(), f.getValue())).toList();
    LedgerEntryData entry = of(entries(), CasePart.CASE);
    return new CaseBundle(
        sign(new CaseManifest(entry.index(), entry.hash(), ReportMaker.VM, "ROLLBACK", listed)),
        files);
  }

  /** Who vouches for the TPM that signed the reports. */
  public X509Certificate endorsementRoot() {
    return tpm.root.certificate();
  }

  /** Who vouches for its key. */
  public X509Certificate enroller() {
    return enroller.certificate();
  }

  public CaseTrust trust() {
    return new CaseTrust(
        ResultKeys.of(List.of(results.getPublic())),
        List.of(NoteKey.ecdsa(ORIGIN, log.getPublic())),
        tpm.anchors(enroller.certificate()),
        Optional.empty(),
        Optional.empty());
  }

  /** The same with one bit changed. */
  static byte[] flipped(byte[] bytes) {
    byte[] other = bytes.clone();
    other[other.length / 2] ^= 1;
    return other;
  }
}
