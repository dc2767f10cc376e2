// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;

/** Writes PEM files. */
final class PemFiles {
  private PemFiles() {}

  static Path certificate(Path file, X509Certificate certificate)
      throws IOException, CertificateEncodingException {
    return Files.writeString(file, pem("CERTIFICATE", certificate.getEncoded()));
  }

  static Path key(Path file, PrivateKey key) throws IOException {
    return Files.writeString(file, pem("PRIVATE KEY", key.getEncoded()));
  }

  private static String pem(String type, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(
            type, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content), type);
  }
}
