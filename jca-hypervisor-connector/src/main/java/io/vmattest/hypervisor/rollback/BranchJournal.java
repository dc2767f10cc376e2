// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.snapshots.DurableFiles;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** The branches on disk, one file each. */
final class BranchJournal {
  private static final String SUFFIX = ".json";
  private final Path folder;

  BranchJournal(Path folder) {
    this.folder = folder;
  }

  /** Durable on return. */
  void put(Branch branch) throws IOException {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("format", branch.id().format())
            .add("global", branch.id().global())
            .add("qualifier", branch.id().qualifier())
            .add("vm", branch.vm().toString())
            .add("attested", branch.attested().hex())
            .add("wasRunning", branch.wasRunning())
            .add("phase", branch.phase().name());
    branch.suspect().ifPresent(d -> json.add("suspect", d.hex()));
    branch.definition().ifPresent(xml -> json.add("definition", xml));
    DurableFiles.replace(
        file(branch.id()), json.build().toString().getBytes(StandardCharsets.UTF_8));
  }

  Optional<Branch> find(BranchId id) throws IOException {
    Path file = file(id);
    return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
  }

  List<Branch> list() throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files =
          entries.filter(p -> p.getFileName().toString().matches("[0-9a-f]{64}\\.json")).toList();
    }
    List<Branch> result = new ArrayList<>();
    for (Path file : files) {
      result.add(read(file));
    }
    return result;
  }

  void remove(BranchId id) throws IOException {
    Files.deleteIfExists(file(id));
    DurableFiles.sync(folder);
  }

  private Path file(BranchId id) {
    return folder.resolve(id.fileName() + SUFFIX);
  }

  private static Branch read(Path file) throws IOException {
    try (JsonReader reader = Json.createReader(new StringReader(Files.readString(file)))) {
      JsonObject json = reader.readObject();
      return new Branch(
          new BranchId(
              json.getInt("format"), json.getString("global"), json.getString("qualifier")),
          UUID.fromString(json.getString("vm")),
          Digest.ofHex(json.getString("attested")),
          text(json, "suspect").map(Digest::ofHex),
          json.getBoolean("wasRunning"),
          text(json, "definition"),
          Branch.Phase.valueOf(json.getString("phase")));
    } catch (JsonException
        | NullPointerException
        | ClassCastException
        | IllegalArgumentException e) {
      throw new IOException(file + " is malformed", e);
    }
  }

  private static Optional<String> text(JsonObject json, String name) {
    return json.containsKey(name) ? Optional.of(json.getString(name)) : Optional.empty();
  }
}
