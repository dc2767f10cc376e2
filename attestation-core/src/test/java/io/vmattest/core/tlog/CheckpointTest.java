// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.NoteRejectedException.Reason;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private static final String ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
  private static final String ORIGIN = "log.example/vmattest";
  private final CheckedNoteSigner log = TestKeys.ecdsa(ORIGIN);

  @Test
  void theSpecificationsExampleIsReadAndWritten() throws Exception {
    String text = "example.com/behind-the-sofa\n20852163\n" + ROOT + "\n";
    Checkpoint checkpoint = Checkpoint.parse(text);
    assertEquals("example.com/behind-the-sofa", checkpoint.origin());
    assertEquals(20_852_163, checkpoint.size());
    assertEquals(List.of(), checkpoint.extensions());
    assertEquals(text, checkpoint.text());
  }

  @Test
  void extensionsAreKept() throws Exception {
    String text = "an origin of words\n1\n" + ROOT + "\none\ntwo two\n";
    Checkpoint checkpoint = Checkpoint.parse(text);
    assertEquals(List.of("one", "two two"), checkpoint.extensions());
    assertEquals(text, checkpoint.text());
  }

  @Test
  void theEmptyTreeHasOneRoot() throws Exception {
    Checkpoint empty = new Checkpoint("a", 0, Digest.sha256());
    assertEquals(empty, Checkpoint.parse(empty.text()));
    assertThrows(MalformedTlogException.class, () -> Checkpoint.parse("a\n0\n" + ROOT + "\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "a\n1\n",
        "\n1\n@\n",
        "a\n1\n@",
        "a\n1\n@\n\n",
        "a\n1\n@\n\nx\n",
        "a\n1\n@\nx\n\n",
        "a\n\n@\n",
        "a\n01\n@\n",
        "a\n+1\n@\n",
        "a\n-1\n@\n",
        "a\n1 \n@\n",
        "a\n\u0661\n@\n",
        "a\n9223372036854775808\n@\n",
        "a\n99999999999999999999\n@\n",
        "a\n1\n@ \n",
        "a\n1\n@=\n",
        "a\n1\nAAAA\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "a\r\n1\n@\n",
        "a\n1\n@\nx\ty\n",
      })
  void anyOtherFormIsRefused(String text) {
    assertThrows(MalformedTlogException.class, () -> Checkpoint.parse(text.replace("@", ROOT)));
  }

  @Test
  void whatCannotBeReadCannotBeMade() {
    Digest root = Digest.sha256(new byte[1]);
    assertThrows(IllegalArgumentException.class, () -> new Checkpoint("", 1, root));
    assertThrows(IllegalArgumentException.class, () -> new Checkpoint("a\nb", 1, root));
    assertThrows(IllegalArgumentException.class, () -> new Checkpoint("a", -1, root));
    assertThrows(IllegalArgumentException.class, () -> new Checkpoint("a", 0, root));
    for (String line : List.of("", "a\nb", "a\tb")) {
      assertThrows(
          IllegalArgumentException.class, () -> new Checkpoint("a", 1, root, List.of(line)));
    }
  }

  @Test
  void aCounterIsBoundByAnExtension() throws Exception {
    CounterBinding counter = new CounterBinding("tpm-0.nv_1", Long.MAX_VALUE);
    assertEquals("counter tpm-0.nv_1 9223372036854775807", counter.line());
    Digest root = Digest.sha256(new byte[1]);
    Checkpoint bound = new Checkpoint("a", 1, root, List.of("other line", counter.line()));
    assertEquals(Optional.of(counter), CounterBinding.of(Checkpoint.parse(bound.text())));
    Checkpoint unbound = new Checkpoint("a", 1, root, List.of("counters are fine"));
    assertEquals(Optional.empty(), CounterBinding.of(unbound));
    Checkpoint twice = new Checkpoint("a", 1, root, List.of(counter.line(), counter.line()));
    assertThrows(MalformedTlogException.class, () -> CounterBinding.of(twice));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "counter",
        "counter ",
        "counter a",
        "counter a ",
        "counter  1",
        "counter a 01",
        "counter a -1",
        "counter a 1 ",
        "counter a 1 2",
        "counter a  1",
        "counter a/b 1",
        "counter a 9223372036854775808",
        "counter aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1",
      })
  void malformedCountersAreRefused(String line) {
    assertThrows(MalformedTlogException.class, () -> CounterBinding.parse(line));
    Checkpoint bound = new Checkpoint("a", 1, Digest.sha256(new byte[1]), List.of(line));
    assertThrows(MalformedTlogException.class, () -> CounterBinding.of(bound));
  }

  @Test
  void countersOfNoIdOrBelowZeroCannotBeMade() {
    assertThrows(IllegalArgumentException.class, () -> new CounterBinding("", 1));
    assertThrows(IllegalArgumentException.class, () -> new CounterBinding("a b", 1));
    assertThrows(IllegalArgumentException.class, () -> new CounterBinding("a", -1));
  }

  private SignedCheckpoint signed(String origin) throws Exception {
    Checkpoint checkpoint = new Checkpoint(origin, 7, Digest.sha256(new byte[1]));
    return SignedCheckpoint.sign(checkpoint, List.of(log));
  }

  @Test
  void aSignedCheckpointOpensForItsLog() throws Exception {
    SignedCheckpoint signed = signed(ORIGIN);
    SignedCheckpoint opened =
        SignedCheckpoint.open(signed.encoded(), ORIGIN, NoteVerifiers.of(log.key()));
    assertEquals(signed.checkpoint(), opened.checkpoint());
    assertArrayEquals(signed.encoded(), opened.encoded());
  }

  @Test
  void aCheckpointOfAnotherLogByTheSameKeyIsRejected() throws Exception {
    byte[] other = signed("log.example/other").encoded();
    NoteRejectedException rejected =
        assertThrows(
            NoteRejectedException.class,
            () -> SignedCheckpoint.open(other, ORIGIN, NoteVerifiers.of(log.key())));
    assertEquals(Reason.ORIGIN, rejected.reason());
  }

  @Test
  void aNoteThatIsNoCheckpointIsRefusedThoughTheLogSignedIt() throws Exception {
    byte[] note = SignedNote.sign(ORIGIN + "\n", List.of(log)).encoded();
    assertThrows(
        MalformedTlogException.class,
        () -> SignedCheckpoint.open(note, ORIGIN, NoteVerifiers.of(log.key())));
  }

  @Test
  void witnessesAreCountedButDoNotReplaceTheLog() throws Exception {
    CheckedNoteSigner one = TestKeys.witness("w.example/1", 1, 1000);
    CheckedNoteSigner two = TestKeys.witness("w.example/2", 2, 2000);
    NoteVerifiers witnesses = NoteVerifiers.of(one.key(), two.key());
    String text = signed(ORIGIN).checkpoint().text();
    SignedNote both = SignedNote.sign(text, List.of(log, one));
    SignedCheckpoint opened = SignedCheckpoint.open(both, ORIGIN, NoteVerifiers.of(log.key()));
    assertEquals(
        List.of(one.key()),
        opened.cosignatures(witnesses).stream().map(NoteVerifiers.Verified::key).toList());
    SignedNote witnessed = SignedNote.sign(text, List.of(one, two));
    NoteRejectedException rejected =
        assertThrows(
            NoteRejectedException.class,
            () -> SignedCheckpoint.open(witnessed, ORIGIN, NoteVerifiers.of(log.key())));
    assertEquals(Reason.NO_KNOWN_SIGNATURE, rejected.reason());
  }
}
