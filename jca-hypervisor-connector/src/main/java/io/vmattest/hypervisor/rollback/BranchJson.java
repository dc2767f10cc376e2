// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.Digest;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.util.Optional;
import java.util.UUID;

/** A branch as JSON: what the journal has of it, and the copy in its VM's definition. */
final class BranchJson {
  private BranchJson() {}

  static String of(Branch branch) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("format", branch.id().format())
            .add("global", branch.id().global())
            .add("qualifier", branch.id().qualifier())
            .add("vm", branch.vm().toString())
            .add("attested", branch.attested().hex())
            .add("report", branch.report())
            .add("wasRunning", branch.wasRunning())
            .add("phase", branch.phase().name());
    branch.suspect().ifPresent(d -> json.add("suspect", d.hex()));
    branch.definition().ifPresent(xml -> json.add("definition", xml));
    branch.process().ifPresent(identity -> json.add("process", identity));
    return json.build().toString();
  }

  /**
   * @throws IllegalArgumentException if it is no branch
   */
  static Branch parse(String text) {
    try (JsonReader reader = JSON.createReader(new StringReader(text))) {
      JsonObject json = reader.readObject();
      return new Branch(
          new BranchId(
              json.getInt("format"), json.getString("global"), json.getString("qualifier")),
          UUID.fromString(json.getString("vm")),
          Digest.ofHex(json.getString("attested")),
          json.getString("report"),
          text(json, "suspect").map(Digest::ofHex),
          json.getBoolean("wasRunning"),
          text(json, "definition"),
          text(json, "process"),
          Branch.Phase.valueOf(json.getString("phase")));
    } catch (JsonException | NullPointerException | ClassCastException e) {
      throw new IllegalArgumentException("not a branch's record", e);
    }
  }

  private static Optional<String> text(JsonObject json, String name) {
    return json.containsKey(name) ? Optional.of(json.getString(name)) : Optional.empty();
  }
}
