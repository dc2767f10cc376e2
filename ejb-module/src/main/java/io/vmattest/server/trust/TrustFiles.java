// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.trust;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Reads certificates and keys from files, within bounds. */
final class TrustFiles {
  private static final int LARGEST = 1 << 20;

  private TrustFiles() {}

  static String text(Path file) throws IOException {
    return new String(bounded(file), StandardCharsets.UTF_8);
  }

  /** The only private key of a PKCS#12 file and its chain. */
  static KeyAndChain key(Path pkcs12, Path passwordFile)
      throws IOException, GeneralSecurityException {
    char[] password = text(passwordFile).strip().toCharArray();
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(bounded(pkcs12)), password);
      for (String alias : Collections.list(store.aliases())) {
        if (store.getKey(alias, password) instanceof PrivateKey key) {
          return new KeyAndChain(key, chain(store, alias));
        }
      }
      throw new IOException(pkcs12 + " holds no private key");
    } finally {
      Arrays.fill(password, '\0');
    }
  }

  private static List<X509Certificate> chain(KeyStore store, String alias)
      throws GeneralSecurityException {
    return Arrays.stream(store.getCertificateChain(alias))
        .map(X509Certificate.class::cast)
        .toList();
  }

  private static byte[] bounded(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new IOException(file + " is larger than " + LARGEST + " bytes");
      }
      return bytes;
    }
  }

  /**
   * @param chain the key's certificate first
   */
  record KeyAndChain(PrivateKey key, List<X509Certificate> chain) {}
}
