// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.cose.Es256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HsmTest {
  private static final byte[] DATA = "an entry".getBytes(StandardCharsets.UTF_8);
  private static final byte[] AAD = {1, 2, 3};

  @TempDir Path folder;
  private SoftToken token;
  private Hsm hsm;

  @BeforeEach
  void makeToken() throws Exception {
    token = SoftToken.make(folder.resolve("hsm"));
    hsm = token.hsm();
  }

  @Test
  void theFirstUseMakesTheFirstGeneration() {
    assertEquals(new HsmState.Ready(1, "vmattest", SoftToken.LIBRARY), hsm.state());
    assertEquals("vmattest-seal-1", hsm.sealKey());
    assertEquals("vmattest-log-1", hsm.logKey().label());
  }

  @Test
  void aSealIsTheSameAfterTheServerStartsAgain() throws Exception {
    byte[] seal = hsm.seal("vmattest-seal-1", DATA);
    assertEquals(32, seal.length);
    token.insert();
    assertArrayEquals(seal, token.hsm().seal("vmattest-seal-1", DATA));
    assertFalse(Arrays.equals(seal, hsm.seal("vmattest-seal-1", AAD)));
  }

  @Test
  void manySealsAreThoseOfEach() {
    List<byte[]> data = List.of(DATA, new byte[0], new byte[100_000], AAD);
    List<byte[]> seals = hsm.seal(hsm.sealKey(), data);
    assertEquals(data.size(), seals.size());
    for (int i = 0; i < data.size(); i++) {
      assertArrayEquals(hsm.seal(hsm.sealKey(), data.get(i)), seals.get(i));
    }
  }

  @Test
  void oldGenerationsStayGoodAfterARotation() throws Exception {
    byte[] seal = hsm.seal(hsm.sealKey(), DATA);
    SigningKey log = hsm.logKey();
    WrappedKey wrapped = hsm.wrap(DATA, AAD);
    assertEquals(2, hsm.rotate());
    assertEquals("vmattest-seal-2", hsm.sealKey());
    assertEquals("vmattest-data-2", hsm.wrap(DATA, AAD).keyLabel());
    assertArrayEquals(seal, hsm.seal("vmattest-seal-1", DATA));
    assertFalse(Arrays.equals(seal, hsm.seal("vmattest-seal-2", DATA)));
    assertArrayEquals(DATA, hsm.unwrap(wrapped, AAD));
    assertEquals(
        List.of("vmattest-log-1", "vmattest-log-2"),
        hsm.logKeys().stream().map(SigningKey::label).toList());
    assertEquals(log.publicKey(), hsm.logKeys().get(0).publicKey());
    assertNotEquals(log.publicKey(), hsm.logKey().publicKey());
  }

  @Test
  void aServerKnowsTheKeysThatAnotherMade() {
    Hsm other = token.hsm();
    assertEquals("vmattest-seal-1", other.sealKey());
    hsm.rotate();
    byte[] seal = hsm.seal("vmattest-seal-2", DATA);
    byte[] again =
        Eventually.gives(
            () -> {
              try {
                return other.seal("vmattest-seal-2", DATA);
              } catch (HsmKeyMissingException e) {
                return null;
              }
            });
    assertArrayEquals(seal, again);
  }

  @Test
  void aCheckpointsSignatureVerifiesOutsideTheToken() throws Exception {
    SigningKey key = hsm.logKey();
    byte[] signature = key.sign(DATA);
    BouncyCastleProvider bouncyCastle = new BouncyCastleProvider();
    PublicKey publicKey =
        KeyFactory.getInstance("EC", bouncyCastle)
            .generatePublic(new X509EncodedKeySpec(key.publicKey().getEncoded()));
    Signature verifier = Signature.getInstance("SHA256withECDSA", bouncyCastle);
    verifier.initVerify(publicKey);
    verifier.update(DATA);
    assertTrue(verifier.verify(signature));
    verifier.update(AAD);
    assertFalse(verifier.verify(signature));
  }

  @Test
  void aWrappedKeyOpensOnlyAsWhatItWasWrapped() throws Exception {
    byte[] dataKey = new byte[32];
    dataKey[0] = 7;
    WrappedKey wrapped = hsm.wrap(dataKey, AAD);
    assertNotEquals(wrapped, hsm.wrap(dataKey, AAD));
    assertArrayEquals(dataKey, hsm.unwrap(wrapped, AAD));
    assertThrows(WrappedKeyException.class, () -> hsm.unwrap(wrapped, new byte[] {1, 2, 4}));
    for (int i = 0; i < wrapped.bytes().length; i++) {
      byte[] damaged = wrapped.bytes();
      damaged[i] ^= 1;
      WrappedKey other = new WrappedKey(wrapped.keyLabel(), damaged);
      assertThrows(WrappedKeyException.class, () -> hsm.unwrap(other, AAD));
    }
    assertArrayEquals(dataKey, hsm.unwrap(wrapped, AAD));
  }

  @Test
  void keysCannotBeReadOutOfTheToken() throws Exception {
    KeyRing ring = token.opener().open().ring();
    assertEquals(2, ring.secrets().size());
    ring.secrets().values().forEach(key -> assertNull(key.getEncoded()));
    ring.logs().values().forEach(pair -> assertNull(pair.privateKey().getEncoded()));
    assertEquals(1, ring.results().size());
    ring.results().values().forEach(pair -> assertNull(pair.privateKey().getEncoded()));
    String said = ring.toString();
    assertEquals(4, said.split("sensitive, unextractable", -1).length - 1, said);
  }

  @Test
  void resultsHaveAKeyOfTheirOwnInEachGenerationAndItsSignatureVerifiesOutside() throws Exception {
    SigningKey first = hsm.resultKey();
    assertEquals("vmattest-result-1", first.label());
    assertNotEquals(hsm.logKey().publicKey(), first.publicKey());
    hsm.rotate();
    assertEquals(
        List.of("vmattest-result-1", "vmattest-result-2"),
        hsm.resultKeys().stream().map(SigningKey::label).toList());
    assertEquals(first.publicKey(), hsm.resultKeys().get(0).publicKey());
    for (SigningKey key : hsm.resultKeys()) {
      byte[] signature = Es256.concatenated(key.sign(DATA));
      assertTrue(Es256.verify(key.publicKey(), DATA, signature));
      assertFalse(Es256.verify(key.publicKey(), AAD, signature));
    }
  }

  /** A token of a build that signed no results. */
  @Test
  void aTokenWithoutResultKeyGetsOneInItsNewestGeneration() throws Exception {
    hsm.rotate();
    OpenToken open = token.opener().open();
    open.delete("vmattest-result-1");
    open.delete("vmattest-result-2");
    token.insert();
    Hsm later = token.hsm();
    assertEquals("vmattest-seal-2", later.sealKey());
    assertEquals(
        List.of("vmattest-result-2"), later.resultKeys().stream().map(SigningKey::label).toList());
    assertEquals(2, later.logKeys().size());
  }

  @Test
  void aKeyThatIsNotThereIsNotMade() {
    assertThrows(HsmKeyMissingException.class, () -> hsm.seal("vmattest-seal-2", DATA));
    assertThrows(HsmKeyMissingException.class, () -> hsm.seal("vmattest-data-1", DATA));
    assertThrows(HsmKeyMissingException.class, () -> hsm.seal("", DATA));
    assertEquals(1, token.hsm().logKeys().size());
    assertTrue(hsm.state() instanceof HsmState.Ready);
  }
}
