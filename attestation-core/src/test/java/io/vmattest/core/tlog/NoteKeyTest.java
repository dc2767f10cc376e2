// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import java.security.PublicKey;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoteKeyTest {
  /** Of the Go checksum database. */
  static final String SUM_GOLANG_ORG =
      "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

  @Test
  void textFormIsReadAndWritten() throws Exception {
    NoteKey key = NoteKey.parse(SUM_GOLANG_ORG);
    assertEquals("sum.golang.org", key.name());
    assertEquals(0x033de0ae, key.id());
    assertEquals(SignatureType.ED25519, key.type());
    assertEquals(SUM_GOLANG_ORG, key.vkey());
    for (CheckedNoteSigner signer :
        new CheckedNoteSigner[] {
          TestKeys.ecdsa("log.example/a"),
          TestKeys.ed25519("log.example/b", 1),
          TestKeys.witness("w.example", 2, 3)
        }) {
      assertEquals(signer.key(), NoteKey.parse(signer.key().vkey()));
    }
  }

  @Test
  void idOfAnEcdsaKeyIsOfItsSpkiAlone() {
    PublicKey key = TestKeys.ec("secp256r1").getPublic();
    String id = Digest.sha256(key.getEncoded()).hex().substring(0, 8);
    assertEquals(id, HexFormat.of().toHexDigits(NoteKey.ecdsa("a", key).id()));
    assertEquals(NoteKey.ecdsa("a", key).id(), NoteKey.ecdsa("b", key).id());
    assertTrue(NoteKey.ecdsa("a", key).vkey().startsWith("a+" + id + "+"));
  }

  @Test
  void idOfAnEd25519KeyIsOfNameAndTypeToo() {
    int id = TestKeys.ed25519("a", 1).keyId();
    assertTrue(id != TestKeys.ed25519("b", 1).keyId());
    assertTrue(id != TestKeys.witness("a", 1, 1).keyId());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sum.golang.org",
        "sum.golang.org+033de0ae",
        // No name, a space in it, another ID, and it in capitals or with a digit more.
        "+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+0033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.com+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        // No key, an unknown type, a byte less, no base64.
        "sum.golang.org+033de0ae+",
        "sum.golang.org+033de0ae+Aw==",
        "sum.golang.org+033de0ae+/84zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAk=",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza_HJyk9SxEdh_s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8\n",
      })
  void anyOtherTextFormIsRefused(String vkey) {
    assertThrows(MalformedTlogException.class, () -> NoteKey.parse(vkey));
  }

  @Test
  void keysThatAreNotOnP256AreRefused() {
    PublicKey other = TestKeys.ec("secp384r1").getPublic();
    assertThrows(IllegalArgumentException.class, () -> NoteKey.ecdsa("a", other));
    byte[] spki = TestKeys.ec("secp256r1").getPublic().getEncoded();
    spki[spki.length - 1] ^= 1;
    String id = Digest.sha256(spki).hex().substring(0, 8);
    byte[] typed = new byte[1 + spki.length];
    typed[0] = 2;
    System.arraycopy(spki, 0, typed, 1, spki.length);
    String vkey = "a+" + id + "+" + Base64.getEncoder().encodeToString(typed);
    assertThrows(MalformedTlogException.class, () -> NoteKey.parse(vkey), "not on the curve");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\u0085b", "a\tb", "a\u3000"})
  void namesWithSpacesOrPlusAreRefused(String name) {
    PublicKey key = TestKeys.ec("secp256r1").getPublic();
    assertThrows(IllegalArgumentException.class, () -> NoteKey.ecdsa(name, key));
  }
}
