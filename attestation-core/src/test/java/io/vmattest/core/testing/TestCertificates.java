// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.testing;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Issues certificates for tests; valid from 2026 to 2036. */
public final class TestCertificates {
  /** An instant at which they are valid. */
  public static final Instant VALID_AT = Instant.parse("2026-06-01T00:00:00Z");

  public static final String EK_USAGE = "2.23.133.8.1";
  private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
  private static final AtomicLong SERIAL = new AtomicLong(1);
  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");

  private TestCertificates() {}

  /** A key and the certificate for it. */
  public record Identity(KeyPair key, X509Certificate certificate) {}

  public static KeyPair p256() {
    return generate("EC", new ECGenParameterSpec("secp256r1"));
  }

  public static KeyPair rsa2048() {
    return generate("RSA", new RSAKeyGenParameterSpec(2048, BigInteger.valueOf(65537)));
  }

  private static KeyPair generate(String algorithm, AlgorithmParameterSpec parameters) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, PROVIDER);
      generator.initialize(parameters);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A self-signed authority. */
  public static Identity authority(String name) {
    KeyPair key = p256();
    return new Identity(key, issue(name, key.getPublic(), name, key, true, ""));
  }

  /** An authority below another. */
  public static Identity authority(String name, Identity issuer) {
    KeyPair key = p256();
    return new Identity(key, issue(name, key.getPublic(), nameOf(issuer), issuer.key(), true, ""));
  }

  /**
   * A certificate that is no authority's.
   *
   * @param usage object identifier of the extended key usage; none if empty
   */
  public static X509Certificate leaf(String name, PublicKey key, Identity issuer, String usage) {
    return issue(name, key, nameOf(issuer), issuer.key(), false, usage);
  }

  /** A self-signed certificate that is no authority's. */
  public static Identity selfSigned(String name) {
    KeyPair key = p256();
    return new Identity(key, issue(name, key.getPublic(), name, key, false, ""));
  }

  /** A TLS server's or client's on this machine. */
  public static Identity tls(String name, Identity issuer, String usage) {
    KeyPair key = p256();
    return new Identity(
        key, issue(name, key.getPublic(), nameOf(issuer), issuer.key(), false, usage, "localhost"));
  }

  private static String nameOf(Identity issuer) {
    return issuer.certificate().getSubjectX500Principal().getName().substring("CN=".length());
  }

  private static X509Certificate issue(
      String subject, PublicKey key, String issuer, KeyPair signer, boolean ca, String usage) {
    return issue(subject, key, issuer, signer, ca, usage, "");
  }

  private static X509Certificate issue(
      String subject,
      PublicKey key,
      String issuer,
      KeyPair signer,
      boolean ca,
      String usage,
      String host) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              new X500Principal("CN=" + issuer),
              BigInteger.valueOf(SERIAL.getAndIncrement()),
              Date.from(FROM),
              Date.from(FROM.plus(Duration.ofDays(3650))),
              new X500Principal("CN=" + subject),
              key);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
      if (ca) {
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
      }
      if (!usage.isEmpty()) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(usage))));
      }
      if (!host.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(new GeneralName(GeneralName.dNSName, host)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA")
                      .setProvider(PROVIDER)
                      .build(signer.getPrivate())));
    } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }
}
