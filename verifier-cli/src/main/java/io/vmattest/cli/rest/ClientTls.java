// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.rest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/** The client's side of mutual TLS, from files. */
public record ClientTls(
    Optional<Path> certificate,
    Optional<Path> key,
    Optional<Path> keystore,
    Optional<Path> passwordFile,
    Optional<Path> authority) {
  private static final char[] IN_MEMORY = "memory".toCharArray();

  public SSLContext context() throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers(), trustManagers(), null);
    return context;
  }

  private KeyManager[] keyManagers() throws IOException, GeneralSecurityException {
    if (keystore.isPresent()) {
      char[] password = password();
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(keystore.get())) {
        store.load(in, password);
      }
      return keyManagers(store, password);
    }
    if (certificate.isEmpty() && key.isEmpty()) {
      return new KeyManager[0];
    }
    KeyStore store = emptyStore();
    store.setKeyEntry(
        "client",
        readKey(key.orElseThrow(() -> new IOException("--cert needs --key."))),
        IN_MEMORY,
        readCertificates(certificate.orElseThrow(() -> new IOException("--key needs --cert.")))
            .toArray(Certificate[]::new));
    return keyManagers(store, IN_MEMORY);
  }

  private static KeyManager[] keyManagers(KeyStore store, char[] password)
      throws GeneralSecurityException {
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers();
  }

  private TrustManager[] trustManagers() throws IOException, GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (authority.isEmpty()) {
      factory.init((KeyStore) null);
    } else {
      KeyStore store = emptyStore();
      int n = 0;
      for (Certificate trusted : readCertificates(authority.get())) {
        store.setCertificateEntry("ca" + n++, trusted);
      }
      factory.init(store);
    }
    return factory.getTrustManagers();
  }

  private char[] password() throws IOException {
    Path file =
        passwordFile.orElseThrow(() -> new IOException("--keystore needs --password-file."));
    return Files.readString(file).lines().findFirst().orElse("").toCharArray();
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, IN_MEMORY);
    return store;
  }

  private static Collection<? extends Certificate> readCertificates(Path path)
      throws IOException, GeneralSecurityException {
    Collection<? extends Certificate> certificates =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(path)));
    if (certificates.isEmpty()) {
      throw new IOException(path + " holds no certificate.");
    }
    return certificates;
  }

  private static PrivateKey readKey(Path path) throws IOException {
    String pem = Files.readString(path, StandardCharsets.US_ASCII);
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      for (Object item = parser.readObject(); item != null; item = parser.readObject()) {
        if (item instanceof PrivateKeyInfo info) {
          return new JcaPEMKeyConverter().getPrivateKey(info);
        }
        if (item instanceof PEMKeyPair pair) {
          return new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo());
        }
      }
    }
    throw new IOException(path + " holds no key that is not encrypted.");
  }
}
