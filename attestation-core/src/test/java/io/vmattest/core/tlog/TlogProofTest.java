// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.merkle.InclusionProof;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlogProofTest {
  private static final String ORIGIN = "log.example";
  private static final String HASH = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
  private final CheckedNoteSigner log = TestKeys.ecdsa(ORIGIN);
  private final NoteVerifiers logKeys = NoteVerifiers.of(log.key());

  private SignedCheckpoint checkpoint(TileTree tree) throws Exception {
    return SignedCheckpoint.sign(new Checkpoint(ORIGIN, tree.size(), tree.root()), List.of(log));
  }

  private byte[] proof(int size, int index, byte[] extra) throws Exception {
    TileTree tree = MemoryTiles.of(size).tree();
    return TlogProof.of(extra, tree.inclusionProof(index), checkpoint(tree)).encoded();
  }

  @ParameterizedTest
  @CsvSource({"1,0", "2,1", "300,0", "300,299", "70000,12345"})
  void aProofVerifiesForItsEntryAlone(int size, int index) throws Exception {
    byte[] encoded = proof(size, index, new byte[0]);
    TlogProof proof = TlogProof.parse(encoded);
    assertArrayEquals(encoded, proof.encoded());
    assertEquals(index, proof.index());
    assertTrue(proof.extra().isEmpty());
    SignedCheckpoint opened = proof.verify(MemoryTiles.entry(index), ORIGIN, logKeys);
    assertEquals(size, opened.checkpoint().size());
    assertThrows(
        ProofRejectedException.class,
        () -> proof.verify(MemoryTiles.entry(index + 1), ORIGIN, logKeys));
  }

  @Test
  void aProofIsWrittenAsTheSpecificationHasIt() throws Exception {
    String text = new String(proof(3, 2, new byte[] {1, 2}), StandardCharsets.UTF_8);
    assertTrue(
        text.matches(
            "(?s)c2sp\\.org/tlog-proof@v1\nextra AQI=\nindex 2\n[A-Za-z0-9+/]{43}=\n\n"
                + "log\\.example\n3\n[^\n]{44}\n\n— log\\.example [^\n]+\n"),
        text);
  }

  @Test
  void extraDataGoesWithIt() throws Exception {
    byte[] extra = {0, 1, 2};
    TlogProof proof = TlogProof.parse(proof(5, 4, extra));
    assertArrayEquals(extra, proof.extra().orElseThrow());
    proof.verify(MemoryTiles.entry(4), ORIGIN, logKeys);
  }

  @Test
  void anotherIndexOrPathIsRejected() throws Exception {
    String text = new String(proof(8, 3, new byte[0]), StandardCharsets.UTF_8);
    List<String> changed =
        List.of(
            text.replace("index 3\n", "index 2\n"),
            text.replace("index 3\n", "index 8\n"),
            text.replace("index 3\n", "index 9223372036854775807\n"),
            text.replace("index 3\n", "index 3\n" + HASH + "\n"),
            text.replaceFirst("index 3\n[^\n]+\n", "index 3\n"),
            text.replaceFirst("index 3\n[^\n]+\n", "index 3\n" + HASH + "\n"));
    for (String proof : changed) {
      TlogProof parsed = TlogProof.parse(proof.getBytes(StandardCharsets.UTF_8));
      assertThrows(
          ProofRejectedException.class,
          () -> parsed.verify(MemoryTiles.entry(3), ORIGIN, logKeys),
          proof);
    }
  }

  @Test
  void aCheckpointThatTheLogDidNotSignIsRejected() throws Exception {
    TlogProof proof = TlogProof.parse(proof(8, 3, new byte[0]));
    NoteVerifiers others = NoteVerifiers.of(TestKeys.ecdsa(ORIGIN).key());
    assertThrows(
        NoteRejectedException.class, () -> proof.verify(MemoryTiles.entry(3), ORIGIN, others));
    assertThrows(
        NoteRejectedException.class,
        () -> proof.verify(MemoryTiles.entry(3), "other.example", logKeys));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n@",
        "\nc2sp.org/tlog-proof@v1\nindex 0\n@",
        "c2sp.org/tlog-proof@v1\r\nindex 0\n@",
        "c2sp.org/tlog-proof@v1\n@",
        "c2sp.org/tlog-proof@v1\nindex\n@",
        "c2sp.org/tlog-proof@v1\nindex \n@",
        "c2sp.org/tlog-proof@v1\nindex 00\n@",
        "c2sp.org/tlog-proof@v1\nindex -1\n@",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n@",
        "c2sp.org/tlog-proof@v1\nindex 0 \n@",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0\n@",
        "c2sp.org/tlog-proof@v1\nextra\nindex 0\n@",
        "c2sp.org/tlog-proof@v1\nextra AQI\nindex 0\n@",
        "c2sp.org/tlog-proof@v1\nextra AQI=\n@",
        "c2sp.org/tlog-proof@v1\nextra AQI=\nextra AQI=\nindex 0\n@",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AQI=\n@",
        "c2sp.org/tlog-proof@v1\nindex 0\nAQI=\n@",
        "c2sp.org/tlog-proof@v1\nindex 0\nno hash\n@",
      })
  void anyOtherFormIsRefused(String text) throws Exception {
    String whole = new String(proof(1, 0, new byte[0]), StandardCharsets.UTF_8);
    String end = whole.substring(whole.indexOf("\n\n") + 1);
    TlogProof.parse(("c2sp.org/tlog-proof@v1\nindex 0\n" + end).getBytes(StandardCharsets.UTF_8));
    assertThrows(
        MalformedTlogException.class,
        () -> TlogProof.parse(text.replace("@", end).getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void longerPathsAndMoreExtraDataThanTheLimitsAreRefused() throws Exception {
    String text = new String(proof(1, 0, new byte[0]), StandardCharsets.UTF_8);
    String most = text.replace("index 0\n", "index 0\n" + (HASH + "\n").repeat(63));
    TlogProof.parse(most.getBytes(StandardCharsets.UTF_8));
    String more = most.replace("index 0\n", "index 0\n" + HASH + "\n");
    assertThrows(
        MalformedTlogException.class, () -> TlogProof.parse(more.getBytes(StandardCharsets.UTF_8)));
    byte[] extra = new byte[TlogProof.MAX_EXTRA_SIZE + 1];
    assertThrows(IllegalArgumentException.class, () -> proof(1, 0, extra));
    assertThrows(
        MalformedTlogException.class, () -> TlogProof.parse(new byte[TlogProof.MAX_SIZE + 1]));
  }

  @Test
  void aProofForAnotherTreeCannotBeMade() throws Exception {
    TileTree tree = MemoryTiles.of(5).tree();
    SignedCheckpoint checkpoint = checkpoint(tree);
    InclusionProof other = MemoryTiles.of(6).tree().inclusionProof(1);
    assertThrows(
        IllegalArgumentException.class, () -> TlogProof.of(new byte[0], other, checkpoint));
  }
}
