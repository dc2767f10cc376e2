// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others make of a cosigned checkpoint: Go's note package, and its Ed25519. */
class GoCosignatureTest {
  @TempDir static Path programs;
  private static GoTlogCheck go;

  @TempDir Path folder;
  private final CheckedNoteSigner log = TestKeys.ecdsa("log.example");
  private final CheckedNoteSigner witness = TestKeys.witness("w.example", 1, 1_780_000_000L);

  @BeforeAll
  static void buildOnce() throws Exception {
    go = GoTlogCheck.build(programs, "cosigcheck");
  }

  private SignedCheckpoint cosigned() throws Exception {
    SignedCheckpoint signed =
        SignedCheckpoint.sign(
            new Checkpoint("log.example", 3, Digest.sha256(), List.of("counter tpm 7")),
            List.of(log));
    byte[] answer =
        (SignedNote.sign(signed.checkpoint().text(), List.of(witness)).signatures().get(0).line()
                + "\n")
            .getBytes(UTF_8);
    return signed.with(
        WitnessAnswers.cosignatures(answer, signed, NoteVerifiers.of(witness.key())));
  }

  private GoTlogCheck.Result check(byte[] note, NoteKey key) throws Exception {
    Path file = Files.write(folder.resolve("checkpoint"), note);
    return go.run(file.toString(), key.vkey());
  }

  @Test
  void aCosignatureThatWeKeepVerifiesThere() throws Exception {
    GoTlogCheck.Result result = check(cosigned().encoded(), witness.key());
    assertEquals(0, result.status(), result.output());
    assertEquals("cosigned 1 unverified 1 time 1780000000\n", result.output());
  }

  @Test
  void aCosignatureOfAnotherTextOrKeyDoesNot() throws Exception {
    String note = new String(cosigned().encoded(), UTF_8);
    byte[] changed = note.replace("counter tpm 7", "counter tpm 8").getBytes(UTF_8);
    assertEquals(1, check(changed, witness.key()).status());
    GoTlogCheck.Result other =
        check(note.getBytes(UTF_8), TestKeys.witness("w.example", 2, 1).key());
    assertEquals(1, other.status());
    assertTrue(other.output().contains("note.Open"), other.output());
  }
}
