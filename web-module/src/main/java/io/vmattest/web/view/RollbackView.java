// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.reaction.RollbackPreview;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;

/** What a rollback would do. */
public final class RollbackView {
  private RollbackView() {}

  public static JsonObject of(RollbackPreview preview) {
    StoredReport target = preview.target();
    JsonArrayBuilder obstacles = JSON.createArrayBuilder();
    preview
        .obstacles()
        .forEach(
            obstacle ->
                obstacles.add(
                    JSON.createObjectBuilder()
                        .add("reason", obstacle.problem().name())
                        .add("detail", obstacle.detail())));
    JsonArrayBuilder limits = JSON.createArrayBuilder();
    preview
        .limits()
        .forEach(
            refusal ->
                limits.add(
                    JSON.createObjectBuilder()
                        .add("limit", refusal.limit().name())
                        .add("detail", refusal.detail())));
    return JSON.createObjectBuilder()
        .add("dryRun", true)
        .add("outcome", preview.outcome().name())
        .add("report", target.digest().hex())
        .add("sequence", target.report().sequence())
        .add("capturedAt", target.report().capturedAt().toString())
        .add("snapshot", target.report().snapshot().hex())
        .add("snapshotKept", preview.snapshotKept())
        .add("disks", JSON.createArrayBuilder(preview.disks()))
        .add("touchedDisks", JSON.createArrayBuilder(preview.touchedDisks()))
        .add("runState", preview.runState())
        .add("reaction", preview.reaction().name())
        .add("obstacles", obstacles)
        .add("limits", limits)
        .build();
  }
}
