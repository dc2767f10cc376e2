// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.settings;

import io.vmattest.cli.rest.ClientTls;
import io.vmattest.cli.rest.RestClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which server, and who asks. */
public final class ServerOptions {
  private static final String DEFAULT_SERVER = "https://localhost:8443";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "The server; https://localhost:8443 if nothing else is set.")
  Optional<String> server = Optional.empty();

  @Option(names = "--cert", paramLabel = "PEM", description = "The client's certificate and chain.")
  Optional<Path> certificate = Optional.empty();

  @Option(names = "--key", paramLabel = "PEM", description = "The client's key, not encrypted.")
  Optional<Path> key = Optional.empty();

  @Option(
      names = "--keystore",
      paramLabel = "PKCS12",
      description = "The client's certificate and key, instead of --cert and --key.")
  Optional<Path> keystore = Optional.empty();

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "The keystore's password, on the first line.")
  Optional<Path> passwordFile = Optional.empty();

  @Option(
      names = "--ca",
      paramLabel = "PEM",
      description = "Whom to believe the server's certificate; else the platform's authorities.")
  Optional<Path> authority = Optional.empty();

  /**
   * @throws UsageException if the server is no https URL, or an option lacks the other it needs
   * @throws IOException if a file is not readable or does not hold what it should
   */
  public RestClient connect(Settings settings) throws IOException {
    Optional<String> named = server.isPresent() ? server : settings.get("server");
    URI uri = uri(named.orElse(DEFAULT_SERVER));
    ClientTls tls =
        new ClientTls(
            path(certificate, "cert", settings),
            path(key, "key", settings),
            path(keystore, "keystore", settings),
            path(passwordFile, "password-file", settings),
            path(authority, "ca", settings));
    requirePairs(tls);
    try {
      return new RestClient(uri, tls.context());
    } catch (GeneralSecurityException e) {
      throw new IOException("The client's key or certificates do not work: " + e.getMessage(), e);
    }
  }

  private static void requirePairs(ClientTls tls) throws UsageException {
    if (tls.keystore().isPresent() && tls.passwordFile().isEmpty()) {
      throw new UsageException("--keystore needs --password-file.");
    }
    if (tls.keystore().isEmpty() && tls.certificate().isPresent() != tls.key().isPresent()) {
      throw new UsageException(tls.key().isEmpty() ? "--cert needs --key." : "--key needs --cert.");
    }
  }

  private static Optional<Path> path(Optional<Path> given, String option, Settings settings)
      throws IOException {
    return given.isPresent() ? given : settings.get(option).map(Path::of);
  }

  private static URI uri(String text) throws UsageException {
    try {
      URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
      if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
        throw new UsageException("The server " + text + " is not an https URL.");
      }
      return uri;
    } catch (IllegalArgumentException e) {
      throw new UsageException("The server " + text + " is not a URL.");
    }
  }
}
