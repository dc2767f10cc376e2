// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore.PrivateKeyEntry;
import java.security.KeyStore.SecretKeyEntry;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import javax.crypto.KeyAgreement;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes keys inside the token: no key's bytes are ever in this process. */
final class KeyMaker {
  private static final String SECRETS =
      attributes("CKO_SECRET_KEY", "CKK_AES", "CKA_ENCRYPT", "CKA_DECRYPT")
          + attributes("CKO_SECRET_KEY", "CKK_GENERIC_SECRET", "CKA_SIGN", "CKA_VERIFY");
  private static final String AGREEING =
      SECRETS + attributes("CKO_PRIVATE_KEY", "CKK_EC", "CKA_DERIVE");
  private static final String SIGNING = attributes("CKO_PRIVATE_KEY", "CKK_EC", "CKA_SIGN");

  /** A certificate without end: RFC 5280, 4.1.2.5. */
  private static final Date NO_END = Date.from(Instant.parse("9999-12-31T23:59:59Z"));

  private final OpenToken token;
  private final Provider agreeing;
  private final Provider signing;

  /** A token that is logged in to. */
  KeyMaker(OpenToken token) {
    this.token = token;
    this.agreeing = token.provider(AGREEING);
    this.signing = token.provider(SIGNING);
  }

  /** Makes what a generation lacks; a seal comes last, so that what is whole was made in order. */
  void make(int generation) throws GeneralSecurityException {
    requireNoSecond(generation);
    KeyRing there = token.reread();
    if (!there.secrets().containsKey(KeyKind.DATA.label(generation))) {
      store(KeyKind.DATA.label(generation), aes());
    }
    if (!there.logs().containsKey(generation)) {
      storePair(KeyKind.LOG.label(generation));
    }
    if (!there.results().containsKey(generation)) {
      storePair(KeyKind.RESULT.label(generation));
    }
    if (!there.secrets().containsKey(KeyKind.SEAL.label(generation))) {
      store(KeyKind.SEAL.label(generation), genericSecret());
    }
  }

  /** Of two keys of a label nobody could say which is meant; another one would not help. */
  private void requireNoSecond(int generation) throws GeneralSecurityException {
    for (String alias : token.aliases()) {
      for (KeyKind kind : KeyKind.values()) {
        // So does the provider call a key whose label is another's, too: label/issuer/serial.
        if (alias.startsWith(kind.label(generation) + "/")) {
          throw new HsmUnavailableException(
              "the token has several keys " + kind.label(generation) + ": remove all but one");
        }
      }
    }
  }

  /** A key that is of no use but to be seen by the other servers of the token. */
  void mark(String label) throws GeneralSecurityException {
    store(label, aes());
  }

  private void store(String label, SecretKey key) throws GeneralSecurityException {
    token.load(agreeing).setEntry(label, new SecretKeyEntry(key), null);
  }

  private void storePair(String label) throws GeneralSecurityException {
    KeyPair pair = pair(signing);
    Certificate[] chain = {certificate(label, pair)};
    token.load(signing).setEntry(label, new PrivateKeyEntry(pair.getPrivate(), chain), null);
  }

  private SecretKey aes() throws GeneralSecurityException {
    KeyGenerator generator = KeyGenerator.getInstance("AES", agreeing);
    generator.init(256);
    return kept(generator.generateKey());
  }

  /**
   * 256 bits for HMAC. SunPKCS11 of Java 17 generates none, and one that is made outside would have
   * been in this process: so it is what two keys that nobody has agree upon inside the token
   * (CKM_ECDH1_DERIVE without KDF), the x coordinate of a random point.
   */
  private SecretKey genericSecret() throws GeneralSecurityException {
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH", agreeing);
    agreement.init(pair(agreeing).getPrivate());
    agreement.doPhase(pair(agreeing).getPublic(), true);
    // The one name under which the provider leaves the result in the token.
    return kept(agreement.generateSecret("TlsPremasterSecret"));
  }

  private static KeyPair pair(Provider provider) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", provider);
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return kept(generator.generateKeyPair());
  }

  private X509Certificate certificate(String label, KeyPair pair) throws GeneralSecurityException {
    X500Principal name = new X500Principal("CN=" + label);
    BigInteger serial = new BigInteger(127, new SecureRandom()).setBit(126);
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              new JcaX509v3CertificateBuilder(
                      name, serial, Date.from(Instant.now()), NO_END, name, pair.getPublic())
                  .build(
                      new JcaContentSignerBuilder("SHA256withECDSA")
                          .setProvider(signing)
                          .build(pair.getPrivate())));
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException(e.getMessage(), e);
    }
  }

  private static <T> T kept(T key) {
    Pkcs11Library.keep(key);
    return key;
  }

  private static String attributes(String object, String type, String... uses) {
    StringBuilder lines = new StringBuilder("attributes(*,%s,%s)={\n".formatted(object, type));
    lines.append("CKA_PRIVATE=true\nCKA_SENSITIVE=true\nCKA_EXTRACTABLE=false\n");
    for (String use : uses) {
      lines.append(use).append("=true\n");
    }
    return lines.append("}\n").toString();
  }
}
