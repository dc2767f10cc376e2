// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.settings.BoundedFiles;
import io.vmattest.core.ledger.AuditState;
import io.vmattest.core.ledger.AuditState.LastReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.PlacedTile;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileUnavailableException;
import io.vmattest.core.tlog.TreeEdge;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What a run that found nothing has verified, for the next one to go on behind. It holds for the
 * same keys and anchors, and as long as the files that were read bear the same stamps.
 *
 * @param trusted digest of keys and anchors
 * @param audit behind the last full bundle that was read
 * @param stamps of the files up to there
 * @param head the folder's last checkpoint then: text of the note
 */
record FolderState(Digest trusted, AuditState audit, Digest stamps, Checkpoint head) {
  private static final String FORMAT = "vmattest ledger fsck 2";
  private static final int MAX_SIZE = 64 << 20;

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException if it is something else
   */
  static Optional<FolderState> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    byte[] bytes = BoundedFiles.read(file, MAX_SIZE);
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(bytes))) {
      return Optional.of(parse(reader.readObject()));
    } catch (JsonException
        | IllegalStateException
        | IllegalArgumentException
        | MalformedTlogException
        | TileUnavailableException e) {
      throw new IOException(file + " is no state of a check: " + e.getMessage(), e);
    }
  }

  private static FolderState parse(JsonObject json)
      throws IOException, MalformedTlogException, TileUnavailableException {
    if (!Answers.text(json, "format").equals(FORMAT)) {
      throw new IllegalArgumentException("another format");
    }
    Map<UUID, LastReport> reports = new HashMap<>();
    for (JsonObject report : Answers.objects(json, "reports")) {
      reports.put(
          UUID.fromString(Answers.text(report, "vm")),
          new LastReport(Answers.integer(report, "sequence"), digest(report, "digest")));
    }
    AuditState audit =
        new AuditState(
            edge(json),
            digest(json, "last"),
            reports,
            counters(json),
            Set.copyOf(Answers.texts(json, "acknowledged")));
    return new FolderState(
        digest(json, "trusted"),
        audit,
        digest(json, "stamps"),
        Checkpoint.parse(Answers.text(json, "head")));
  }

  private static Map<String, Long> counters(JsonObject json)
      throws IOException, MalformedTlogException {
    Map<String, Long> counters = new HashMap<>();
    for (String line : Answers.texts(json, "counters")) {
      CounterBinding counter = CounterBinding.parse(line);
      counters.put(counter.counterId(), counter.value());
    }
    return counters;
  }

  private static TreeEdge edge(JsonObject json)
      throws IOException, MalformedTlogException, TileUnavailableException {
    Map<TilePath, byte[]> tiles = new HashMap<>();
    for (JsonObject tile : Answers.objects(json, "edge")) {
      tiles.put(
          TilePath.parse(Answers.text(tile, "tile")),
          HexFormat.of().parseHex(Answers.text(tile, "hashes")));
    }
    return TreeEdge.read(
        path ->
            Optional.ofNullable(tiles.get(path))
                .orElseThrow(() -> new TileUnavailableException(path, "not in the state")),
        Answers.integer(json, "size"));
  }

  private static Digest digest(JsonObject json, String member) throws IOException {
    return Digest.ofHex(Answers.text(json, member));
  }

  void write(Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, json().toString(), StandardCharsets.UTF_8);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private JsonObject json() {
    var edge = JSON.createArrayBuilder();
    for (PlacedTile tile : audit.edge().partialTiles()) {
      edge.add(
          JSON.createObjectBuilder()
              .add("tile", tile.path().format())
              .add("hashes", HexFormat.of().formatHex(tile.tile().bytes())));
    }
    var reports = JSON.createArrayBuilder();
    audit
        .reports()
        .forEach(
            (vm, last) ->
                reports.add(
                    JSON.createObjectBuilder()
                        .add("vm", vm.toString())
                        .add("sequence", last.sequence())
                        .add("digest", last.digest().hex())));
    var counters = JSON.createArrayBuilder();
    audit.counters().forEach((id, value) -> counters.add(new CounterBinding(id, value).line()));
    return JSON.createObjectBuilder()
        .add("format", FORMAT)
        .add("size", audit.edge().size())
        .add("edge", edge)
        .add("last", audit.last().hex())
        .add("reports", reports)
        .add("counters", counters)
        .add("acknowledged", JSON.createArrayBuilder(audit.acknowledged()))
        .add("trusted", trusted.hex())
        .add("stamps", stamps.hex())
        .add("head", head.text())
        .build();
  }
}
