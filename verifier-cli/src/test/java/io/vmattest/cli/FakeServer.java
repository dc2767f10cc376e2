// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Answers as it is told, over mutual TLS. It stands in for the server where a test wants answers
 * that the real one gives seldom; the scenarios in the real server are elsewhere.
 */
final class FakeServer implements AutoCloseable {
  private static final char[] PASSWORD = "test".toCharArray();

  final Identity authority = TestCertificates.authority("Test CA");
  final Identity client = TestCertificates.tls("client", authority, "1.3.6.1.5.5.7.3.2");
  final List<String> requests = new ArrayList<>();
  private final Map<String, Deque<Reply>> replies = new HashMap<>();
  private final HttpsServer server;
  private volatile Function<String, Optional<Reply>> otherwise = request -> Optional.empty();

  /**
   * @param ending of the connection
   */
  record Reply(int status, String type, byte[] body, Ending ending) {
    Reply(int status, String type, byte[] body) {
      this(status, type, body, Ending.WHOLE);
    }
  }

  /** Whether all of a reply comes, or its last byte never, or the connection ends before it. */
  enum Ending {
    WHOLE,
    STALLS,
    BREAKS
  }

  FakeServer() throws Exception {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    SSLContext context = context();
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = context.getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    server.createContext("/", this::answer);
    server.start();
  }

  private SSLContext context() throws Exception {
    Identity identity = TestCertificates.tls("localhost", authority, "1.3.6.1.5.5.7.3.1");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    store.setKeyEntry(
        "server",
        identity.key().getPrivate(),
        PASSWORD,
        new Certificate[] {identity.certificate()});
    store.setCertificateEntry("ca", authority.certificate());
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  /** Replies in turn; the last one stays. */
  FakeServer onTyped(String request, int status, String type, String... bodies) {
    Deque<Reply> queue = replies.computeIfAbsent(request, r -> new ArrayDeque<>());
    for (String body : bodies) {
      queue.add(new Reply(status, type, body.getBytes(StandardCharsets.UTF_8)));
    }
    return this;
  }

  FakeServer on(String request, int status, String... bodies) {
    return onTyped(
        request, status, status < 400 ? "application/json" : "application/problem+json", bodies);
  }

  FakeServer onBytes(String request, String type, byte[] body) {
    replies.computeIfAbsent(request, r -> new ArrayDeque<>()).add(new Reply(200, type, body));
    return this;
  }

  /** Answers what no reply was given for. */
  FakeServer otherwise(Function<String, Optional<Reply>> answers) {
    otherwise = answers;
    return this;
  }

  /** Says that there is one byte more, and hangs up before it. */
  FakeServer onBroken(String request, byte[] body) {
    replies
        .computeIfAbsent(request, r -> new ArrayDeque<>())
        .add(new Reply(200, "application/octet-stream", body, Ending.BREAKS));
    return this;
  }

  /** Begins an answer, and never ends it. */
  FakeServer onStalling(String request) {
    replies
        .computeIfAbsent(request, r -> new ArrayDeque<>())
        .add(new Reply(200, "application/json", new byte[] {'{'}, Ending.STALLS));
    return this;
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    String request =
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI().toString().replaceFirst("^/api/v1", "");
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(request + (body.isEmpty() ? "" : " " + body));
    Deque<Reply> queue = replies.getOrDefault(request, new ArrayDeque<>());
    Reply reply =
        queue.isEmpty()
            ? otherwise.apply(request).orElse(new Reply(404, "text/plain", new byte[] {'?'}))
            : queue.size() > 1 ? queue.remove() : queue.element();
    exchange.getResponseHeaders().add("Content-Type", reply.type());
    exchange.sendResponseHeaders(
        reply.status(), reply.body().length + (reply.ending() == Ending.WHOLE ? 0 : 1));
    exchange.getResponseBody().write(reply.body());
    exchange.getResponseBody().flush();
    if (reply.ending() != Ending.STALLS) {
      exchange.close();
    }
  }

  String url() {
    return "https://localhost:" + server.getAddress().getPort();
  }

  /** Settings of a client that it knows. */
  Map<String, String> settings(Path folder) throws Exception {
    return Map.of(
        "HOME", folder.toString(),
        "VMATTEST_SERVER", url(),
        "VMATTEST_CA",
            PemFiles.certificate(folder.resolve("ca.pem"), authority.certificate()).toString(),
        "VMATTEST_CERT",
            PemFiles.certificate(folder.resolve("cert.pem"), client.certificate()).toString(),
        "VMATTEST_KEY",
            PemFiles.key(folder.resolve("key.pem"), client.key().getPrivate()).toString());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
