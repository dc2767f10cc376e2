// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.GuestPhysicalMap;
import io.vmattest.core.appraisal.PageRun;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.result.DiscrepancyJson;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.snapshots.Pin;
import io.vmattest.server.snapshots.Snapshot;
import io.vmattest.server.snapshots.SnapshotDifferences;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;

/** Kept snapshots, and where they differ. */
public final class SnapshotView {
  private static final String MAIN_BLOCK = "pc.ram";

  private SnapshotView() {}

  /**
   * All of a VM.
   *
   * @param bytes that they take together
   */
  public static JsonObject list(List<Snapshot> snapshots, long bytes) {
    JsonArrayBuilder items = JSON.createArrayBuilder();
    snapshots.forEach(snapshot -> items.add(of(snapshot)));
    return JSON.createObjectBuilder().add("snapshots", items).add("bytes", bytes).build();
  }

  /** One. */
  public static JsonObject of(Snapshot snapshot) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("digest", snapshot.digest().hex())
            .add("at", snapshot.at().toString())
            .add("baseline", snapshot.pins().contains(Pin.BASELINE))
            .add("disks", JSON.createArrayBuilder(snapshot.disks()));
    JsonArrayBuilder pins = JSON.createArrayBuilder();
    snapshot.pins().stream().sorted().map(Pin::name).forEach(pins::add);
    json.add("pinnedBy", pins);
    snapshot
        .report()
        .ifPresent(
            signed ->
                json.add("report", signed.digest().hex())
                    .add("sequence", signed.report().sequence())
                    .add("trigger", signed.report().trigger())
                    .add("mode", signed.report().mode().claim()));
    return json.build();
  }

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
