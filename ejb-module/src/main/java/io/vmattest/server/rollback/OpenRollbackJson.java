// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.OpenRollbacks;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;

/** Open rollbacks as they are answered to clients. */
final class OpenRollbackJson {
  private OpenRollbackJson() {}

  static JsonObject of(OpenRollbacks open) {
    JsonArrayBuilder rollbacks = JSON.createArrayBuilder();
    open.rollbacks().forEach(rollback -> rollbacks.add(of(rollback)));
    JsonArrayBuilder damaged = JSON.createArrayBuilder();
    open.damaged()
        .forEach(
            record ->
                damaged.add(
                    JSON.createObjectBuilder()
                        .add("file", record.file())
                        .add("since", record.since().toString())));
    return JSON.createObjectBuilder().add("rollbacks", rollbacks).add("damaged", damaged).build();
  }

  private static JsonObjectBuilder of(OpenRollback rollback) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("id", rollback.id())
            .add("vm", rollback.vm().toString())
            .add("phase", rollback.phase().name())
            .add("since", rollback.since().toString())
            .add("attested", rollback.attested().hex())
            .add("wasRunning", rollback.wasRunning())
            .add("inDoubt", rollback.inDoubt())
            .add("resolvable", rollback.unclaimed());
    rollback.suspect().ifPresent(suspect -> json.add("suspect", suspect.hex()));
    return json;
  }
}
