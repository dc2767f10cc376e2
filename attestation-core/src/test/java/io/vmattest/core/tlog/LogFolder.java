// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** A log of ledger entries in a folder, as src/test/go/tlogcheck.go describes it. */
final class LogFolder implements TileSource {
  static final String ORIGIN = "log.example/vmattest";
  private static final int GROUP = 300;
  private final Path folder;
  private final CheckedNoteSigner ecdsa = TestKeys.ecdsa(ORIGIN);
  private final CheckedNoteSigner ed25519 = TestKeys.ed25519(ORIGIN, 1);
  private final List<byte[]> entries;
  private TreeEdge edge = TreeEdge.empty();

  private LogFolder(Path folder, List<byte[]> entries) {
    this.folder = folder;
    this.entries = entries;
  }

  /** A log of so many entries, without proofs yet. */
  static LogFolder write(Path folder, int size) throws Exception {
    LogFolder log = new LogFolder(folder, ledger(size));
    log.writeTiles();
    log.writeBundles();
    log.put("keys", ORIGIN + "\n" + log.ecdsa.key() + "\n" + log.ed25519.key() + "\n");
    log.put("checkpoint", log.checkpoint(size).encoded());
    return log;
  }

  private static List<byte[]> ledger(int size) {
    LedgerEntryData.Type[] types = LedgerEntryData.Type.values();
    List<byte[]> entries = new ArrayList<>();
    Digest previous = LedgerEntryData.GENESIS;
    for (int i = 0; i < size; i++) {
      LedgerEntryData entry =
          new LedgerEntryData(
              i,
              types[i % types.length],
              Instant.ofEpochMilli(1_700_000_000_000L + i),
              Optional.of(new UUID(i, 1)).filter(vm -> vm.getMostSignificantBits() % 3 > 0),
              Digest.sha256(ByteBuffer.allocate(8).putLong(i).array()),
              previous);
      entries.add(entry.encoded());
      previous = entry.hash();
    }
    return entries;
  }

  private void writeTiles() {
    for (int from = 0; from < entries.size(); from += GROUP) {
      int to = Math.min(entries.size(), from + GROUP);
      TreeEdge.Appended appended =
          edge.append(entries.subList(from, to).stream().map(MerkleTree::leafHash).toList());
      appended.completed().forEach(this::put);
      edge = appended.edge();
    }
    edge.partialTiles().forEach(this::put);
  }

  private void writeBundles() {
    TileLayout.bundles(entries.size())
        .forEach(
            path -> {
              int from = (int) path.index() * Tile.MAX_WIDTH;
              List<byte[]> bundle = entries.subList(from, from + path.width());
              put(path.format(), EntryBundle.of(bundle).bytes());
            });
  }

  private TileTree tree() {
    return new TileTree(this, entries.size());
  }

  private SignedCheckpoint checkpoint(long size) throws Exception {
    CounterBinding counter = new CounterBinding("tpm.1", size * 2);
    return SignedCheckpoint.sign(
        new Checkpoint(ORIGIN, size, tree().root(size), List.of(counter.line())),
        List.of(ecdsa, ed25519));
  }

  void addInclusionProof(long index) throws Exception {
    TlogProof proof =
        TlogProof.of(new byte[0], tree().inclusionProof(index), checkpoint(entries.size()));
    put("proof/" + index + ".tlog-proof", proof.encoded());
  }

  void addConsistencyProof(long first) throws Exception {
    ConsistencyProof proof = tree().consistencyProof(first, entries.size());
    String hashes =
        proof.path().stream().map(h -> StrictText.base64(h) + "\n").collect(Collectors.joining());
    put("earlier/" + first, hashes + "\n" + checkpoint(first).note().encodedText());
  }

  /** Changes a bit of a file. */
  void damage(String name, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve(name));
    bytes[at] ^= 1;
    put(name, bytes);
  }

  /** Changes some text of a file. */
  void replace(String name, String text, String by) throws IOException {
    put(name, Files.readString(folder.resolve(name)).replace(text, by));
  }

  /** Changes an entry, and the tile of its leaf with it. */
  void forgeEntry(int bundle, int at) {
    int from = bundle * Tile.MAX_WIDTH;
    List<byte[]> forged = new ArrayList<>(entries.subList(from, from + Tile.MAX_WIDTH));
    forged.set(at, new byte[] {1, 2, 3});
    TilePath path = new TilePath(0, bundle, Tile.MAX_WIDTH);
    put(TilePath.entries(bundle, Tile.MAX_WIDTH).format(), EntryBundle.of(forged).bytes());
    put(path.format(), EntryBundle.of(forged).leaves().bytes());
  }

  /** Changes the hash in a proof's first line. */
  void changeFirstHash(String name) throws IOException {
    String hash = Files.readAllLines(folder.resolve(name)).get(0);
    replace(name, hash, StrictText.base64(Digest.sha256(StrictText.encode(hash))));
  }

  private void put(PlacedTile placed) {
    put(placed.path().format(), placed.tile().bytes());
  }

  private void put(String name, String text) {
    put(name, StrictText.encode(text));
  }

  private void put(String name, byte[] bytes) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte[] read(TilePath path) throws TileUnavailableException {
    try {
      return Files.readAllBytes(folder.resolve(path.format()));
    } catch (IOException e) {
      throw new TileUnavailableException(path, e);
    }
  }
}
