// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.snapshots.Pin;
import io.vmattest.server.snapshots.Snapshot;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;

/** Kept snapshots. */
public final class SnapshotView {
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
}
