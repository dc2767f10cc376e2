// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.snapshots.SnapshotClone;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.List;

/** Debug clones. */
public final class CloneView {
  private CloneView() {}

  /** All of a snapshot. */
  public static JsonObject list(List<SnapshotClone> clones) {
    JsonArrayBuilder items = JSON.createArrayBuilder();
    clones.forEach(clone -> items.add(of(clone)));
    return JSON.createObjectBuilder().add("clones", items).build();
  }

  /** One. */
  public static JsonObject of(SnapshotClone clone) {
    return JSON.createObjectBuilder()
        .add("id", clone.id().toString())
        .add("name", clone.name())
        .add("snapshot", clone.snapshot().hex())
        .add("gdb", clone.gdb())
        .add("until", clone.until().toString())
        .build();
  }
}
