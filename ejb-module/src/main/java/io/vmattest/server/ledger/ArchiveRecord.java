// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.Digest;
import io.vmattest.server.archive.ArchiveName;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.util.Optional;

/**
 * What an entry says of bodies that were moved to a file. On PostgreSQL the rights to delete them
 * depend on these names, see database-schema.
 *
 * @param bodies how many
 * @param sha256 of the file
 */
record ArchiveRecord(ArchiveName name, int bodies, Digest sha256) {
  static final String WHAT = "bodies-archived";

  void addTo(JsonObjectBuilder json) {
    json.add("first", name.first())
        .add("last", name.last())
        .add("bodies", bodies)
        .add("file", name.file())
        .add("sha256", sha256.hex());
  }

  /** One sentence, for people. */
  String text() {
    return "bodies of %d reports, entries %d to %d, were moved to %s"
        .formatted(bodies, name.first(), name.last(), name.file());
  }

  /** Of a LEDGER entry's body; empty if it says something else, or nothing that can be read. */
  static Optional<ArchiveRecord> parse(byte[] body) {
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(body))) {
      JsonObject json = reader.readObject();
      if (!WHAT.equals(json.getString("what", ""))) {
        return Optional.empty();
      }
      Digest sha256 = Digest.ofHex(json.getString("sha256", ""));
      int bodies = json.getInt("bodies");
      return ArchiveName.parse(json.getString("file", ""))
          .map(name -> new ArchiveRecord(name, bodies, sha256));
    } catch (JsonException
        | IllegalStateException
        | IllegalArgumentException
        | NullPointerException
        | ClassCastException e) {
      return Optional.empty();
    }
  }
}
