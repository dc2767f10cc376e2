// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is done to an input, it is read or refused by a typed exception, in bounded time. */
class TlogFuzzTest {
  private static final int ROUNDS = 10_000;
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final byte[] TELLING = {
    '\n', ' ', '+', '/', '=', '0', '9', 'x', '.', 0, 0x1f, 0x7f, (byte) 0x80, (byte) 0xe2, -1
  };
  private final CheckedNoteSigner log = TestKeys.ecdsa("log.example");
  private final CheckedNoteSigner witness = TestKeys.witness("w.example", 1, 1000);
  private final NoteVerifiers keys = NoteVerifiers.of(log.key(), witness.key());

  /** Reads an input, or throws what is wrong with it; anything else fails the test. */
  private interface Reader {
    void read(byte[] input) throws TlogException;
  }

  private static int refusals(byte[] input, Reader reader) {
    return assertTimeoutPreemptively(
        LIMIT,
        () -> {
          reader.read(input.clone());
          int refused = 0;
          for (int seed = 0; seed < ROUNDS; seed++) {
            try {
              reader.read(mutated(input, new Random(seed)));
            } catch (TlogException e) {
              refused++;
            } catch (RuntimeException e) {
              throw new AssertionError("seed " + seed, e);
            }
          }
          return refused;
        });
  }

  /** Some bytes changed, taken out, or repeated, or the end cut off. */
  private static byte[] mutated(byte[] input, Random random) {
    byte[] bytes = input.clone();
    for (int times = 1 + random.nextInt(3); times > 0 && bytes.length > 0; times--) {
      int at = random.nextInt(bytes.length);
      int count = Math.min(bytes.length - at, 1 + random.nextInt(20));
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] = TELLING[random.nextInt(TELLING.length)];
        case 2 -> bytes = joined(bytes, at, at + count);
        case 3 -> bytes = joined(bytes, at + count, at);
        default -> bytes = Arrays.copyOf(bytes, at);
      }
    }
    return bytes;
  }

  /** What is before one place and what is from another one on. */
  private static byte[] joined(byte[] bytes, int before, int from) {
    byte[] joined = Arrays.copyOf(bytes, before + bytes.length - from);
    System.arraycopy(bytes, from, joined, before, bytes.length - from);
    return joined;
  }

  private static void assertSome(int refused) {
    assertTrue(refused > ROUNDS / 10 && refused <= ROUNDS, refused + " refused");
  }

  private SignedNote note(TileTree tree) throws Exception {
    Checkpoint checkpoint =
        new Checkpoint(
            "log.example", tree.size(), tree.root(), List.of(new CounterBinding("c", 5).line()));
    return SignedNote.sign(checkpoint.text(), List.of(log, witness));
  }

  @Test
  void notes() throws Exception {
    byte[] note = note(MemoryTiles.of(300).tree()).encoded();
    assertSome(
        refusals(
            note,
            input -> {
              SignedNote parsed = SignedNote.parse(input);
              assertArrayEquals(input, parsed.encoded(), "one encoding alone");
              keys.verify(parsed);
            }));
  }

  @Test
  void checkpoints() throws Exception {
    String text = note(MemoryTiles.of(300).tree()).text();
    assertSome(
        refusals(
            text.getBytes(StandardCharsets.UTF_8),
            input -> {
              String mutated = new String(input, StandardCharsets.UTF_8);
              Checkpoint parsed = Checkpoint.parse(mutated);
              assertTrue(parsed.text().equals(mutated), "one encoding alone");
              CounterBinding.of(parsed);
            }));
  }

  @Test
  void keys() throws Exception {
    for (NoteKey key : keys.keys()) {
      assertSome(
          refusals(
              key.vkey().getBytes(StandardCharsets.UTF_8),
              input -> {
                String mutated = new String(input, StandardCharsets.UTF_8);
                assertTrue(NoteKey.parse(mutated).vkey().equals(mutated), "one encoding alone");
              }));
    }
  }

  @Test
  void signatures() throws Exception {
    SignedNote note = note(MemoryTiles.of(300).tree());
    for (NoteSignature signature : note.signatures()) {
      byte[] text = note.text().getBytes(StandardCharsets.UTF_8);
      NoteKey key = keys.keys().stream().filter(k -> k.isNamedBy(signature)).findFirst().get();
      int refused =
          refusals(
              signature.signature(),
              input -> {
                boolean same = Arrays.equals(input, signature.signature());
                if (same != key.verify(text, input)) {
                  throw new IllegalStateException("verifies, but was changed");
                }
              });
      assertTrue(refused == 0, "none is a matter of format");
    }
  }

  @Test
  void proofs() throws Exception {
    TileTree tree = MemoryTiles.of(70_000).tree();
    SignedCheckpoint checkpoint =
        SignedCheckpoint.open(note(tree), "log.example", NoteVerifiers.of(log.key()));
    byte[] proof =
        TlogProof.of(new byte[] {1, 2, 3}, tree.inclusionProof(777), checkpoint).encoded();
    assertSome(
        refusals(
            proof,
            input -> {
              TlogProof parsed = TlogProof.parse(input);
              assertArrayEquals(input, parsed.encoded(), "one encoding alone");
              parsed.verify(MemoryTiles.entry(777), "log.example", keys);
            }));
  }

  @Test
  void bundlesAndTiles() throws Exception {
    byte[] bundle =
        EntryBundle.of(List.of(new byte[150], new byte[0], new byte[300], new byte[7])).bytes();
    assertSome(
        refusals(
            bundle,
            input ->
                assertArrayEquals(
                    input, EntryBundle.parse(input, 4).bytes(), "one encoding alone")));
    byte[] tile = new Tile(MemoryTiles.leaves(7)).bytes();
    assertSome(refusals(tile, input -> Tile.parse(input, 7)));
  }

  @Test
  void paths() {
    byte[] path = "tile/0/x001/x234/067.p/44".getBytes(StandardCharsets.UTF_8);
    assertSome(
        refusals(
            path,
            input -> {
              String mutated = new String(input, StandardCharsets.UTF_8);
              assertTrue(TilePath.parse(mutated).format().equals(mutated), "one encoding alone");
            }));
  }

  @Test
  void treesOfHostileTiles() throws Exception {
    MemoryTiles honest = MemoryTiles.of(70_000);
    Digest root = honest.tree().root();
    Random random = new Random(9);
    TileSource hostile =
        path -> random.nextInt(4) == 0 ? mutated(honest.read(path), random) : honest.read(path);
    TileTree tree = new TileTree(hostile, 70_000);
    int verified = 0;
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
      int index = random.nextInt(70_000);
      try {
        if (tree.inclusionProof(index).verify(MemoryTiles.leaves(70_000).get(index), root)) {
          verified++;
        }
        tree.consistencyProof(1 + index, 70_000);
        TreeEdge.read(hostile, 70_000);
      } catch (TlogException e) {
        refused++;
      }
    }
    assertTrue(verified > 0 && refused > 0, verified + " verified, " + refused + " refused");
  }
}
