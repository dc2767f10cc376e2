// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.MalformedEntryException;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.MalformedResultException;
import io.vmattest.core.result.SignedResult;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A bundle's parts as they read.
 *
 * @param rollback body of the case's entry, if it is a rollback's
 * @param differences between the state in question and the baseline, where both snapshots were kept
 */
public record CaseContents(
    CaseManifest manifest,
    Map<CasePart, LedgerEntryData> entries,
    Map<CasePart, SignedReport> reports,
    Map<CasePart, SignedResult> results,
    Optional<JsonObject> rollback,
    Optional<JsonObject> differences) {
  public CaseContents {
    entries = Collections.unmodifiableMap(new EnumMap<>(entries));
    reports = Collections.unmodifiableMap(new EnumMap<>(reports));
    results = Collections.unmodifiableMap(new EnumMap<>(results));
  }

  /**
   * Reads all parts; a part is there with all its files, or not at all.
   *
   * @throws CaseRejectedException PART_INCOMPLETE, or if a file is malformed
   */
  static CaseContents read(CaseManifest manifest, CaseBundle bundle) throws CaseRejectedException {
    Map<CasePart, LedgerEntryData> entries = new EnumMap<>(CasePart.class);
    Map<CasePart, SignedReport> reports = new EnumMap<>(CasePart.class);
    Map<CasePart, SignedResult> results = new EnumMap<>(CasePart.class);
    for (CasePart part : CasePart.values()) {
      if (names(part).noneMatch(name -> bundle.file(name).isPresent())) {
        continue;
      }
      entries.put(part, entry(bundle, part));
      file(bundle, part.proof());
      byte[] body = file(bundle, part.body());
      switch (part.type()) {
        case REPORT -> reports.put(part, report(bundle, part, body));
        case VERDICT -> results.put(part, result(part, body));
        default -> {}
      }
    }
    return new CaseContents(
        manifest,
        entries,
        reports,
        results,
        json(bundle, CasePart.CASE.body()),
        json(bundle, CaseFile.DIFFERENCES));
  }

  private static Stream<String> names(CasePart part) {
    List<String> common = List.of(part.body(), part.entry(), part.proof());
    return part.isReport()
        ? Stream.concat(common.stream(), Stream.of(part.keyEvidence(), part.enrolment()))
        : common.stream();
  }

  static byte[] file(CaseBundle bundle, String name) throws CaseRejectedException {
    return bundle
        .file(name)
        .orElseThrow(
            () ->
                new CaseRejectedException(
                    Reason.PART_INCOMPLETE, name, "A file of this part is missing: " + name + "."));
  }

  private static LedgerEntryData entry(CaseBundle bundle, CasePart part)
      throws CaseRejectedException {
    try {
      LedgerEntryData entry = LedgerEntryData.parse(file(bundle, part.entry()));
      if (entry.type() != part.type()) {
        throw new CaseRejectedException(
            Reason.ENTRY_MALFORMED, part.entry(), "The entry is of type " + entry.type() + ".");
      }
      return entry;
    } catch (MalformedEntryException e) {
      throw new CaseRejectedException(
          Reason.ENTRY_MALFORMED, part.entry(), String.valueOf(e.getMessage()), e);
    }
  }

  private static SignedReport report(CaseBundle bundle, CasePart part, byte[] body)
      throws CaseRejectedException {
    try {
      SignedReport report = SignedReport.parse(body);
      requireSame(bundle, part.keyEvidence(), report.keyEvidence());
      requireSame(bundle, part.enrolment(), report.enrolment());
      return report;
    } catch (MalformedReportException e) {
      throw new CaseRejectedException(
          Reason.REPORT_MALFORMED, part.body(), String.valueOf(e.getMessage()), e);
    }
  }

  private static void requireSame(CaseBundle bundle, String name, Optional<byte[]> wanted)
      throws CaseRejectedException {
    if (!bundle.file(name).map(Digest::sha256).equals(wanted.map(Digest::sha256))) {
      throw new CaseRejectedException(
          Reason.KEY_EVIDENCE, name, name + " is not what the report carries.");
    }
  }

  private static SignedResult result(CasePart part, byte[] body) throws CaseRejectedException {
    try {
      return SignedResult.parse(body);
    } catch (MalformedResultException e) {
      throw new CaseRejectedException(
          Reason.RESULT_MALFORMED, part.body(), String.valueOf(e.getMessage()), e);
    }
  }

  private static Optional<JsonObject> json(CaseBundle bundle, String name)
      throws CaseRejectedException {
    Optional<byte[]> bytes = bundle.file(name);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(bytes.get()))) {
      return Optional.of(reader.readObject());
    } catch (JsonException e) {
      throw new CaseRejectedException(
          Reason.PART_INCOMPLETE, name, name + " is no JSON object.", e);
    }
  }
}
