// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The REST API as one caller sees it. */
final class Api {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final HttpClient client;
  private final URI base;

  private Api(HttpClient client, URI base) {
    this.client = client;
    this.base = base;
  }

  /** An answer; errors too. */
  record Answer(int status, HttpResponse<byte[]> response) {
    JsonObject json() {
      String text = new String(response.body(), StandardCharsets.UTF_8);
      try (JsonReader reader = Json.createReader(new StringReader(text))) {
        return reader.readObject();
      }
    }

    byte[] bytes() {
      return response.body();
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    @Override
    public String toString() {
      return status + " " + new String(response.body(), StandardCharsets.UTF_8);
    }
  }

  static Api as(Testbed testbed, String role) {
    return of(testbed, testbed.httpsPort(), Optional.of(role));
  }

  static Api withoutCertificate(Testbed testbed) {
    return of(testbed, testbed.httpsPort(), Optional.empty());
  }

  static Api of(Testbed testbed, int port, Optional<String> role) {
    HttpClient client =
        HttpClient.newBuilder()
            .sslContext(tls(testbed.pki(), role))
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    return new Api(client, URI.create("https://localhost:" + port));
  }

  Answer get(String path) throws IOException {
    return get(path, "application/json");
  }

  Answer get(String path, String accept) throws IOException {
    return send(request(path).header("Accept", accept).GET().build());
  }

  Answer post(String path, String body) throws IOException {
    return send(
        request(path)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  /**
   * @param key the field Idempotency-Key, as it is
   */
  Answer post(String path, String body, String key) throws IOException {
    return send(
        request(path)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  /** A Debian package. */
  Answer upload(String path, Path file) throws IOException {
    return send(
        request(path)
            .header("Accept", "application/json")
            .header("Content-Type", "application/vnd.debian.binary-package")
            .POST(BodyPublishers.ofFile(file))
            .build());
  }

  /** Without a Content-Length, as a stream is sent. */
  Answer postChunked(String path, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return send(
        request(path)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)))
            .build());
  }

  Answer put(String path, String body) throws IOException {
    return send(
        request(path)
            .header("Accept", "application/json")
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body))
            .build());
  }

  Answer delete(String path) throws IOException {
    return send(request(path).header("Accept", "application/json").DELETE().build());
  }

  private HttpRequest.Builder request(String path) {
    String full = path.startsWith("/api/") ? path : "/api/v1" + path;
    return HttpRequest.newBuilder(base.resolve(full)).timeout(TIMEOUT);
  }

  private Answer send(HttpRequest request) throws IOException {
    try {
      HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), response);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static SSLContext tls(Path pki, Optional<String> role) {
    try {
      char[] password = Files.readString(pki.resolve("password")).strip().toCharArray();
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store(pki.resolve("trust.p12"), password));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          role.isPresent() ? keys(pki.resolve(role.get() + ".p12"), password) : new KeyManager[0],
          trust.getTrustManagers(),
          null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyManager[] keys(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store(file, password), password);
    return keys.getKeyManagers();
  }

  private static KeyStore store(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, password);
    }
    return store;
  }
}
