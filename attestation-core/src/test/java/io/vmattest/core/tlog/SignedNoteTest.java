// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignedNoteTest {
  /** The specification's. */
  private static final String QUASIMODO =
      """
      Ognuno sta solo sul cuor della terra
      trafitto da un raggio di sole:

      ed è subito sera.

      — quasimodo.example/salvatore \
      NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
      """;

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void textEndsAtTheLastEmptyLine() throws Exception {
    SignedNote note = SignedNote.parse(utf8(QUASIMODO));
    assertEquals(
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
            + "ed è subito sera.\n",
        note.text());
    assertEquals(1, note.signatures().size());
    NoteSignature signature = note.signatures().get(0);
    assertEquals("quasimodo.example/salvatore", signature.name());
    assertEquals(0x367ba04b, signature.keyId());
    assertEquals(64, signature.signature().length);
    assertArrayEquals(utf8(QUASIMODO), note.encoded());
  }

  @Test
  void whatIsSignedIsReadAgain() throws Exception {
    for (String text : List.of("a\n", "\n", "a\n\n", "\n\n\n", "— a AAAAAAA=\n", "è\n\nb\n")) {
      SignedNote note =
          SignedNote.sign(text, List.of(TestKeys.ecdsa("a"), TestKeys.ed25519("b", 1)));
      assertEquals(note, SignedNote.parse(note.encoded()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        "a\n— a AAAAAAA=\n",
        "a\n\n— a AAAAAAA=",
        "a\n\n— a AAAAAAA=\n\n",
        "a\n\n— a AAAAAAA=\n\nb\n",
        "a\n\n— a AAAAAAA=\nb\n",
        "a\n\n- a AAAAAAA=\n",
        "a\n\n—a AAAAAAA=\n",
        "a\n\n—  AAAAAAA=\n",
        "a\n\n— AAAAAAA=\n",
        "a\n\n— a  AAAAAAA=\n",
        "a\n\n— a\u00a0b AAAAAAA=\n",
        "a\n\n— a+b AAAAAAA=\n",
        "a\n\n— a b AAAAAAA=\n",
        "a\n\n— a AAAAAAA= \n",
        "a\n\n— a AAAAAAA\n",
        "a\n\n— a AAAAAAB=\n",
        "a\n\n— a AAAAAA==\n",
        "a\n\n— a AAAA\n",
        "a\n\n— a \n",
        "a\n\n— a AAA_AAA=\n",
        "a\tb\n\n— a AAAAAAA=\n",
        "a\r\n\n— a AAAAAAA=\n",
        "a\n\n— a AAAAAAA=\r\n",
        "a\u0000\n\n— a AAAAAAA=\n",
      })
  void anyOtherFormIsRefused(String note) {
    assertThrows(MalformedTlogException.class, () -> SignedNote.parse(utf8(note)));
  }

  @Test
  void whatIsNotUtf8IsRefused() {
    byte[] bytes = utf8("axx\n\n— a AAAAAAA=\n");
    byte[] truncated = bytes.clone();
    truncated[1] = (byte) 0xe2;
    byte[] overlong = bytes.clone();
    overlong[1] = (byte) 0xc0;
    overlong[2] = (byte) 0x80;
    assertThrows(MalformedTlogException.class, () -> SignedNote.parse(truncated));
    assertThrows(MalformedTlogException.class, () -> SignedNote.parse(overlong));
  }

  @Test
  void asManySignaturesAsTheLimitAndNoMore() throws Exception {
    String line = "— a AAAAAAA=\n";
    String most = "a\n\n" + line.repeat(SignedNote.MAX_SIGNATURES);
    assertEquals(SignedNote.MAX_SIGNATURES, SignedNote.parse(utf8(most)).signatures().size());
    assertThrows(MalformedTlogException.class, () -> SignedNote.parse(utf8(most + line)));
  }

  @Test
  void largerNotesThanTheLimitAreRefused() throws Exception {
    String end = "\n\n— a AAAAAAA=\n";
    String text = "a".repeat(SignedNote.MAX_SIZE - utf8(end).length);
    assertEquals(1, SignedNote.parse(utf8(text + end)).signatures().size());
    assertThrows(MalformedTlogException.class, () -> SignedNote.parse(utf8("a" + text + end)));
  }

  @Test
  void whatCannotBeReadCannotBeMade() {
    NoteSignature signature = new NoteSignature("a", "AAAAAAA=");
    for (String text : List.of("", "a", "a\tb\n", "\ud800\n")) {
      assertThrows(IllegalArgumentException.class, () -> new SignedNote(text, List.of(signature)));
      assertThrows(
          IllegalArgumentException.class,
          () -> SignedNote.sign(text, List.of(TestKeys.ecdsa("a"))));
    }
    assertThrows(IllegalArgumentException.class, () -> new SignedNote("a\n", List.of()));
    List<NoteSignature> most =
        new ArrayList<>(Collections.nCopies(SignedNote.MAX_SIGNATURES, signature));
    SignedNote full = new SignedNote("a\n", most);
    assertThrows(IllegalArgumentException.class, () -> full.with(List.of(signature)));
    assertThrows(IllegalArgumentException.class, () -> new NoteSignature("a b", "AAAAAAA="));
    assertThrows(IllegalArgumentException.class, () -> new NoteSignature("a", "AAAA"));
  }
}
