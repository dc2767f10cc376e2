// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.tlog.NoteRejectedException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NoteVerifiersTest {
  private static final String TEXT = "log.example\n7\nroot\n";
  private final CheckedNoteSigner ecdsa = TestKeys.ecdsa("log.example");
  private final CheckedNoteSigner ed25519 = TestKeys.ed25519("log.example", 1);
  private final CheckedNoteSigner witness = TestKeys.witness("w.example", 2, 1_679_315_147);

  private static SignedNote signed(NoteSigner... signers) throws Exception {
    return SignedNote.sign(TEXT, List.of(signers));
  }

  private static void assertRejected(Reason reason, NoteVerifiers verifiers, SignedNote note) {
    NoteRejectedException rejected =
        assertThrows(NoteRejectedException.class, () -> verifiers.verify(note));
    assertEquals(reason, rejected.reason());
  }

  /** The note with this signature as the key's. */
  private static SignedNote forged(NoteKey key, byte[] signature) {
    return new SignedNote(TEXT, List.of(NoteSignature.of(key.name(), key.id(), signature)));
  }

  @Test
  void anExampleOfTheGoImplementationVerifies() throws Exception {
    NoteKey key =
        NoteKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    String note =
        """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
        """;
    SignedNote parsed = SignedNote.parse(note.getBytes(StandardCharsets.UTF_8));
    assertEquals(1, NoteVerifiers.of(key).verify(parsed).size());
    SignedNote changed = new SignedNote("I" + parsed.text(), parsed.signatures());
    assertRejected(Reason.INVALID_SIGNATURE, NoteVerifiers.of(key), changed);
  }

  @Test
  void everyTypeVerifiesWhatItSignedAndNothingElse() throws Exception {
    for (CheckedNoteSigner signer : List.of(ecdsa, ed25519, witness)) {
      NoteVerifiers verifiers = NoteVerifiers.of(signer.key());
      SignedNote note = signed(signer);
      assertEquals(signer.key(), verifiers.verify(note).get(0).key());
      SignedNote other = new SignedNote("x" + TEXT, note.signatures());
      assertRejected(Reason.INVALID_SIGNATURE, verifiers, other);
      byte[] signature = note.signatures().get(0).signature();
      for (int i = 0; i < signature.length; i++) {
        byte[] changed = signature.clone();
        changed[i] ^= 1;
        assertRejected(Reason.INVALID_SIGNATURE, verifiers, forged(signer.key(), changed));
        byte[] cut = Arrays.copyOf(signature, Math.max(1, i));
        assertRejected(Reason.INVALID_SIGNATURE, verifiers, forged(signer.key(), cut));
      }
      byte[] longer = Arrays.copyOf(signature, signature.length + 1);
      assertRejected(Reason.INVALID_SIGNATURE, verifiers, forged(signer.key(), longer));
    }
  }

  @Test
  void ecdsaSignaturesOfZeroAreRejected() {
    NoteVerifiers verifiers = NoteVerifiers.of(ecdsa.key());
    byte[] zeroes = {0x30, 6, 2, 1, 0, 2, 1, 0};
    assertRejected(Reason.INVALID_SIGNATURE, verifiers, forged(ecdsa.key(), zeroes));
  }

  @Test
  void unknownKeysAreIgnoredWhereAKnownOneSigned() throws Exception {
    SignedNote note = signed(witness, ed25519, ecdsa);
    NoteVerifiers verifiers = NoteVerifiers.of(ecdsa.key());
    assertEquals(1, verifiers.verify(note).size());
    // Even what an unknown key cannot have made.
    SignedNote junk =
        signed(ecdsa).with(List.of(NoteSignature.of("other.example", 7, new byte[] {1})));
    assertEquals(1, verifiers.verify(junk).size());
  }

  @Test
  void aKeyThatSharesOnlyNameOrOnlyIdIsUnknown() throws Exception {
    NoteVerifiers verifiers = NoteVerifiers.of(ecdsa.key());
    SignedNote sameName = signed(ed25519);
    assertRejected(Reason.NO_KNOWN_SIGNATURE, verifiers, sameName);
    SignedNote sameId =
        new SignedNote(TEXT, List.of(NoteSignature.of("x", ecdsa.keyId(), new byte[] {1, 2, 3})));
    assertRejected(Reason.NO_KNOWN_SIGNATURE, verifiers, sameId);
  }

  @Test
  void oneBadSignatureOfAKnownKeyRejectsTheWholeNote() throws Exception {
    NoteVerifiers verifiers = NoteVerifiers.of(ecdsa.key(), ed25519.key());
    NoteSignature bad = NoteSignature.of("log.example", ed25519.keyId(), new byte[64]);
    assertRejected(Reason.INVALID_SIGNATURE, verifiers, signed(ecdsa).with(List.of(bad)));
    NoteSignature again = NoteSignature.of("log.example", ecdsa.keyId(), new byte[] {1});
    assertRejected(Reason.INVALID_SIGNATURE, verifiers, signed(ecdsa).with(List.of(again)));
  }

  @Test
  void aNoteOfNoKnownKeyIsRejected() throws Exception {
    assertRejected(Reason.NO_KNOWN_SIGNATURE, NoteVerifiers.of(), signed(ecdsa));
    assertEquals(List.of(), NoteVerifiers.of().verified(signed(ecdsa)));
  }

  @Test
  void aCosignatureSaysWhenAndVouchesForIt() throws Exception {
    NoteVerifiers verifiers = NoteVerifiers.of(witness.key());
    SignedNote note = signed(ecdsa, witness);
    assertEquals(
        List.of(
            new NoteVerifiers.Verified(
                witness.key(), Optional.of(Instant.ofEpochSecond(1_679_315_147)))),
        verifiers.verify(note));
    byte[] later = note.signatures().get(1).signature();
    ByteBuffer.wrap(later).putLong(1_679_315_148);
    assertRejected(Reason.INVALID_SIGNATURE, verifiers, forged(witness.key(), later));
    ByteBuffer.wrap(later).putLong(-1);
    assertRejected(Reason.INVALID_SIGNATURE, verifiers, forged(witness.key(), later));
    ByteBuffer.wrap(later).putLong(Long.MAX_VALUE);
    assertRejected(Reason.INVALID_SIGNATURE, verifiers, forged(witness.key(), later));
  }

  @Test
  void aCosignatureIsOverTheSpecificationsMessage() {
    assertEquals(
        "cosignature/v1\ntime 1679315147\nlog.example\n7\nroot\n",
        new String(
            Cosignature.message(1_679_315_147, TEXT.getBytes(StandardCharsets.UTF_8)),
            StandardCharsets.UTF_8));
  }

  @Test
  void keysThatASignatureCannotTellApartAreRefused() {
    NoteKey key = ecdsa.key();
    assertThrows(IllegalArgumentException.class, () -> NoteVerifiers.of(key, key));
    assertDoesNotThrow(() -> NoteVerifiers.of(key, ed25519.key()));
  }

  @Test
  void aSignerGivesAwayNothingThatItsKeyDoesNotVerify() {
    NoteSigner broken = NoteSigner.of(ecdsa.key(), text -> new byte[] {1, 2, 3});
    assertThrows(SignatureException.class, () -> SignedNote.sign(TEXT, List.of(broken)));
  }
}
