// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.GuestPhysicalMap;
import io.vmattest.core.appraisal.PageRun;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.result.DiscrepancyJson;
import io.vmattest.server.ledger.StoredReport;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;

/** Where two snapshots differ, as JSON: for answers and for bundles of evidence. */
public final class SnapshotDifferencesJson {
  private static final String MAIN_BLOCK = "pc.ram";

  private SnapshotDifferencesJson() {}

  /** Where two differ. */
  public static JsonObject of(SnapshotDifferences found) {
    GuestPhysicalMap map = map(found.first().report());
    JsonArrayBuilder runs = JSON.createArrayBuilder();
    found.pages().runs().forEach(run -> runs.add(of(run, map)));
    JsonArrayBuilder others = JSON.createArrayBuilder();
    found.others().forEach(d -> others.add(DiscrepancyJson.of(d)));
    return JSON.createObjectBuilder()
        .add("first", state(found.first()))
        .add("second", state(found.second()))
        .add("differingPages", found.pages().totalPages())
        .add("truncated", found.isTruncated())
        .add("runs", runs)
        .add("discrepancies", others)
        .build();
  }

  private static JsonObjectBuilder state(StoredReport report) {
    return JSON.createObjectBuilder()
        .add("snapshot", report.report().snapshot().hex())
        .add("report", report.digest().hex())
        .add("sequence", report.report().sequence())
        .add("capturedAt", report.report().capturedAt().toString());
  }

  private static JsonObjectBuilder of(PageRun run, GuestPhysicalMap map) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("block", run.block())
            .add("offset", run.offset())
            .add("pages", run.pages());
    map.address(run.block(), run.offset()).ifPresent(a -> json.add("guestPhysicalAddress", a));
    return json;
  }

  private static GuestPhysicalMap map(AttestationReport report) {
    long size =
        report.ramBlocks().stream()
            .filter(block -> block.name().equals(MAIN_BLOCK))
            .mapToLong(AttestationReport.RamBlock::length)
            .findFirst()
            .orElse(0);
    return GuestPhysicalMap.of(report.machineType(), size);
  }
}
