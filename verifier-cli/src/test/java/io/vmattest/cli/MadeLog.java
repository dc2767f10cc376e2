// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.cli.FakeServer.Reply;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerEntryData.Type;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteSigner;
import io.vmattest.core.tlog.PlacedTile;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileTree;
import io.vmattest.core.tlog.TileUnavailableException;
import io.vmattest.core.tlog.TlogProof;
import io.vmattest.core.tlog.TreeEdge;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A ledger as a server keeps it: entries, reports among them, bodies, a signed tree. */
final class MadeLog {
  static final String ORIGIN = "log.example/vmattest";
  private static final Pattern PAGE =
      Pattern.compile(
          "GET /ledger/(entries|checkpoints)\\?(?:bodies=true&)?limit=(\\d+)(?:&after=(-?\\d+))?");
  private static final int REPORT_EACH = 40;

  final KeyPair key = TestCertificates.p256();
  final StandInTpm tpm = new StandInTpm();
  final List<LedgerEntryData> entries = new ArrayList<>();
  final List<byte[]> bodies = new ArrayList<>();
  final NavigableMap<Long, byte[]> notes = new TreeMap<>();
  private final ReportMaker maker = new ReportMaker();
  private Optional<Digest> lastReport = Optional.empty();
  private long counter;

  /** Who cosigns what is signed from now on. */
  final List<NoteSigner> witnesses = new ArrayList<>();

  /** Entries up to a size, with a checkpoint there. */
  MadeLog grownTo(int size) throws Exception {
    while (entries.size() < size) {
      boolean isReport = entries.size() % REPORT_EACH == 3;
      append(
          isReport ? Type.REPORT : Type.VERDICT,
          isReport ? report() : ("{\"n\":" + entries.size() + "}").getBytes(UTF_8));
    }
    return sign();
  }

  void append(Type type, byte[] body) {
    LedgerEntryData last = entries.isEmpty() ? null : entries.get(entries.size() - 1);
    entries.add(
        new LedgerEntryData(
            entries.size(),
            type,
            TestCertificates.VALID_AT.plusSeconds(entries.size()),
            type == Type.REPORT ? Optional.of(ReportMaker.VM) : Optional.empty(),
            Digest.sha256(body),
            last == null ? LedgerEntryData.GENESIS : last.hash()));
    bodies.add(body);
  }

  byte[] report() throws Exception {
    CBORObject claims = maker.claims();
    lastReport.ifPresent(
        digest -> claims.get(CBORObject.FromObject(-70001)).Add(7, digest.bytes()));
    SignedReport signed = SignedReport.parse(ReportMaker.sign(tpm, claims).encoded());
    lastReport = Optional.of(signed.digest());
    maker.sequence++;
    return signed.encoded();
  }

  MadeLog sign() throws Exception {
    counter++;
    return signBoundTo(counter);
  }

  MadeLog signBoundTo(long value) throws Exception {
    counter = value;
    Checkpoint checkpoint =
        new Checkpoint(
            ORIGIN,
            entries.size(),
            edge(entries.size()).edge().root(),
            List.of(new CounterBinding("tpm.1", value).line()));
    notes.put((long) entries.size(), signed(checkpoint));
    return this;
  }

  byte[] signed(Checkpoint checkpoint) throws Exception {
    List<NoteSigner> signers = new ArrayList<>();
    signers.add(NoteSigner.ecdsa(ORIGIN, key.getPrivate(), key.getPublic()));
    signers.addAll(witnesses);
    return SignedCheckpoint.sign(checkpoint, signers).encoded();
  }

  private TreeEdge.Appended edge(int size) {
    return TreeEdge.empty()
        .append(
            entries.subList(0, size).stream()
                .map(entry -> MerkleTree.leafHash(entry.encoded()))
                .toList());
  }

  String vkey() {
    return NoteKey.ecdsa(ORIGIN, key.getPublic()).vkey();
  }

  Path keyFile(Path folder) throws Exception {
    return Files.writeString(folder.resolve("log.keys"), vkey() + "\n");
  }

  byte[] proof(long index) throws Exception {
    SignedCheckpoint last =
        SignedCheckpoint.open(
            notes.lastEntry().getValue(),
            ORIGIN,
            io.vmattest.core.tlog.NoteVerifiers.of(NoteKey.ecdsa(ORIGIN, key.getPublic())));
    TileTree tree = new TileTree(this::tile, last.checkpoint().size());
    return TlogProof.of(new byte[0], tree.inclusionProof(index), last).encoded();
  }

  private byte[] tile(TilePath path) throws TileUnavailableException {
    int first = (int) path.index() * Tile.MAX_WIDTH;
    if (path.isEntries()) {
      return EntryBundle.of(
              entries.subList(first, first + path.width()).stream()
                  .map(LedgerEntryData::encoded)
                  .toList())
          .bytes();
    }
    TreeEdge.Appended tree = edge(notes.lastKey().intValue());
    List<PlacedTile> tiles = new ArrayList<>(tree.completed());
    tiles.addAll(tree.edge().partialTiles());
    return tiles.stream()
        .filter(tile -> tile.path().equals(path))
        .findFirst()
        .orElseThrow(() -> new TileUnavailableException(path, "none"))
        .tile()
        .bytes();
  }

  /** Has a server answer as this log's would. */
  void serve(FakeServer server) {
    server.otherwise(this::answer);
  }

  private Optional<Reply> answer(String request) {
    try {
      Matcher page = PAGE.matcher(request);
      if (page.matches()) {
        long after = page.group(3) == null ? -1 : Long.parseLong(page.group(3));
        int limit = Integer.parseInt(page.group(2));
        return json(page.group(1).equals("entries") ? entries(after, limit) : notes(after, limit));
      }
      String path = request.substring("GET /ledger/".length());
      if (path.equals("checkpoint")) {
        return bytes("text/plain", notes.lastEntry().getValue());
      }
      if (path.equals("keys")) {
        return bytes("text/plain", (vkey() + "\n").getBytes(UTF_8));
      }
      if (path.startsWith("tile/")) {
        return bytes("application/octet-stream", tile(TilePath.parse(path)));
      }
      if (path.endsWith("/proof")) {
        return bytes("text/plain", proof(Long.parseLong(path.split("/")[1])));
      }
      return json(entry(Integer.parseInt(path.split("/")[1])));
    } catch (TileUnavailableException | MalformedTlogException e) {
      return Optional.empty();
    } catch (Exception e) {
      throw new AssertionError(request, e);
    }
  }

  private JsonObjectBuilder entries(long after, int limit) {
    JsonArrayBuilder array = Json.createArrayBuilder();
    for (long i = after + 1; i < Math.min(entries.size(), after + 1 + limit); i++) {
      array.add(entry((int) i));
    }
    return Json.createObjectBuilder().add("entries", array);
  }

  private JsonObjectBuilder entry(int index) {
    LedgerEntryData entry = entries.get(index);
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("index", index)
            .add("type", entry.type().name())
            .add("at", entry.at().toString());
    entry.vm().ifPresent(vm -> json.add("vm", vm.toString()));
    return json.add("bodyDigest", entry.body().hex())
        .add("previousHash", entry.previous().hex())
        .add("entryHash", entry.hash().hex())
        .add("summary", "s")
        .add("body", Base64.getUrlEncoder().withoutPadding().encodeToString(bodies.get(index)));
  }

  private JsonObjectBuilder notes(long after, int limit) {
    JsonArrayBuilder array = Json.createArrayBuilder();
    notes.tailMap(after, false).entrySet().stream()
        .limit(limit)
        .map(Map.Entry::getValue)
        .forEach(
            note -> {
              String text = new String(note, UTF_8);
              array.add(
                  Json.createObjectBuilder()
                      .add("size", Long.parseLong(text.lines().skip(1).findFirst().orElseThrow()))
                      .add("at", "2026-06-01T00:00:00Z")
                      .add("checkpoint", text));
            });
    return Json.createObjectBuilder().add("checkpoints", array);
  }

  private static Optional<Reply> json(JsonObjectBuilder json) {
    return bytes("application/json", json.build().toString().getBytes(UTF_8));
  }

  private static Optional<Reply> bytes(String type, byte[] body) {
    return Optional.of(new Reply(200, type, body));
  }
}
